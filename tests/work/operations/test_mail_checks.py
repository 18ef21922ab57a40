"""`doctor` asks a real mail server whether mails could be sent, sends none, and reports what is wrong in one
finding."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.clock import ManualClock
from bot.settings import Settings
from bot.work.operations import mail_checks
from bot.work.operations.findings import Finding
from bot.work.operations.mail_checks import examine_mail
from tests.channels.mail_server import MailServer
from tests.channels.test_email import ELSEWHERE, certified

WRONG = "wrong-hush"


async def found(server: MailServer, clock: ManualClock, credentials: str = "", scheme: str = "smtp") -> Finding:
    url = f"{scheme}://{credentials}{server.host}:{server.port}?from=n@wallet.example"
    finding = await asked(url, clock)
    assert server.mails == []
    assert server.sessions == []  # not even a sender was named
    await server.stop()
    return finding


async def asked(url: str, clock: ManualClock) -> Finding:
    settings = Settings(smtp_url=SecretStr(url), _env_file=None)  # type: ignore[call-arg]
    (finding,) = await examine_mail(settings, clock)
    assert finding.ok or finding.mend
    assert "hush" not in repr(finding)
    return finding


async def started(server: MailServer, implicit_tls: bool = False) -> MailServer:
    await server.start(implicit_tls)
    return server


async def test_without_email_nothing_is_asked(clock: ManualClock) -> None:
    assert await examine_mail(Settings(_env_file=None), clock) == []  # type: ignore[call-arg]


async def test_a_server_that_lets_duebot_in(clock: ManualClock) -> None:
    server = await started(MailServer(login=(b"mailer", b"hush")))
    assert (await found(server, clock, "mailer:hush@")).ok is True


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_one_on_another_machine_is_encrypted(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    context = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    server = await started(MailServer(host=ELSEWHERE, tls=context), implicit_tls=scheme == "smtps")
    finding = await found(server, clock, scheme=scheme)
    assert (finding.ok, "encrypted" in finding.words) == (True, True)


async def test_a_starttls_that_was_taken_away(clock: ManualClock) -> None:
    server = await started(MailServer(host=ELSEWHERE, login=(b"mailer", b"hush")))
    finding = await found(server, clock, "mailer:hush@")
    assert (finding.ok, "STARTTLS" in finding.words) == (False, True)


async def test_a_login_that_is_refused(clock: ManualClock) -> None:
    server = await started(MailServer(login=(b"mailer", b"hush")))
    finding = await found(server, clock, f"mailer:{WRONG}@")
    assert (finding.ok, "535" in finding.words, "password" in finding.mend) == (False, True, True)


async def test_a_certificate_that_nobody_trusts(clock: ManualClock, tmp_path: Path) -> None:
    server = await started(MailServer(host=ELSEWHERE, tls=certified(tmp_path)), implicit_tls=True)
    finding = await found(server, clock, scheme="smtps")
    assert (finding.ok, "certificate" in finding.mend) == (False, True)


@pytest.mark.parametrize(("greeting", "ok"), [("421 4.3.2 Too busy", None), ("554 No mail here", False)])
async def test_a_server_that_turns_everyone_away(clock: ManualClock, greeting: str, ok: bool | None) -> None:
    server = await started(MailServer(greeting=greeting))
    assert (await found(server, clock)).ok is ok


async def test_nobody_is_there(clock: ManualClock) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        finding = await asked(f"smtp://127.0.0.1:{nobody.getsockname()[1]}", clock)
    assert (finding.ok, "reaches" in finding.mend) == (False, True)


async def test_a_server_that_says_nothing_is_not_waited_for(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mail_checks.WITHIN_S == 5.0
    monkeypatch.setattr(mail_checks, "WITHIN_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with asyncio.timeout(30):  # it would be silent for ever
            finding = await asked(f"smtp://127.0.0.1:{silent.getsockname()[1]}", clock)
    assert finding.ok is False
