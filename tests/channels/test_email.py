"""Mail goes to a real SMTP server. Its answers are sorted into those that allow another attempt and those that do not,
and no address or password is in any text."""

from __future__ import annotations

import logging
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels import NOT_LEFT, Accepted, Channel, Envelope, Refused
from bot.channels.email import EmailChannel
from bot.clock import ManualClock
from bot.message import Message
from tests.channels.mail_server import DROP, HANG, MailServer

ANNA = "anna@example.org"
ELSEWHERE = "127.0.0.2"  # to duebot another machine than this one


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def channel(server: MailServer, clock: ManualClock) -> EmailChannel:
    return channel_to(server, clock)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 and ELSEWHERE that this machine trusts, for as long as the test lasts."""
    context = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return context


def certified(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS, by a certificate that nobody trusts yet."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName=IP:127.0.0.1,IP:{ELSEWHERE}", "-days", "2"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def channel_to(
    server: MailServer,
    clock: ManualClock,
    credentials: str = "",
    query: str = "?from=notices@wallet.example",
    scheme: str = "smtp",
    timeout_s: float = 5,
) -> EmailChannel:
    url = f"{scheme}://{credentials}127.0.0.1:{server.port}{query}"
    return EmailChannel(url, "Acorn 錢包", clock, timeout_s=timeout_s)


async def refused(channel: EmailChannel, notice: Envelope, address: str = ANNA) -> Refused:
    outcome = await channel.send_notice(address, notice)
    assert isinstance(outcome, Refused)
    assert "anna" not in outcome.detail
    return outcome


async def test_a_mail_that_the_server_took_is_accepted_under_its_message_id(
    server: MailServer, channel: EmailChannel, notice: Envelope
) -> None:
    outcome = await channel.send_notice(ANNA, notice)
    assert outcome == Accepted(server.mail()["Message-ID"])
    assert server.recipients == [ANNA]


async def test_a_second_attempt_carries_the_same_message_id(
    server: MailServer, channel: EmailChannel, notice: Envelope
) -> None:
    assert await channel.send_notice(ANNA, notice) == await channel.send_notice(ANNA, notice)
    another = replace(notice, reference="notice-8")
    assert await channel.send_notice(ANNA, another) != await channel.send_notice(ANNA, notice)


async def test_what_may_not_leave_any_more_does_not(
    server: MailServer, channel: EmailChannel, notice: Envelope
) -> None:
    async def no() -> bool:
        return False

    assert await channel.send_notice(ANNA, replace(notice, may_leave=no)) == NOT_LEFT
    assert server.mails == []


async def test_the_sender_is_the_brand(server: MailServer, channel: EmailChannel, notice: Envelope) -> None:
    await channel.send_notice(ANNA, notice)
    (sender,) = server.mail()["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Acorn 錢包", "notices@wallet.example")


@pytest.mark.parametrize(
    ("credentials", "query", "sender"),
    [
        ("bot%40wallet.example:secret@", "", "bot@wallet.example"),
        ("mailer:secret@", "", "mailer@[127.0.0.1]"),
        ("", "", "duebot@[127.0.0.1]"),
        ("mailer:secret@", "?from=a+b@wallet.example", "a+b@wallet.example"),
    ],
)
async def test_the_senders_address_comes_from_the_url(
    server: MailServer, clock: ManualClock, notice: Envelope, credentials: str, query: str, sender: str
) -> None:
    user = credentials.partition(":")[0].replace("%40", "@").encode()
    server.login = (user, b"secret") if user else None
    assert isinstance(await channel_to(server, clock, credentials, query).send_notice(ANNA, notice), Accepted)
    assert server.mail()["From"].addresses[0].addr_spec == sender


async def test_credentials_may_be_percent_encoded(server: MailServer, clock: ManualClock, notice: Envelope) -> None:
    server.login = (b"bot@wallet.example", "p@ss/wörd:#?".encode())
    channel = channel_to(server, clock, "bot%40wallet.example:p%40ss%2Fw%C3%B6rd%3A%23%3F@")
    assert isinstance(await channel.send_notice(ANNA, notice), Accepted)


async def test_a_wrong_password_is_no_fault_of_the_message(
    server: MailServer, clock: ManualClock, notice: Envelope
) -> None:
    server.login = (b"mailer", b"right")
    outcome = await refused(channel_to(server, clock, "mailer:wrong-secret@"), notice)
    assert (outcome.for_good, outcome.reason) == (False, "unauthorized")
    assert "wrong-secret" not in repr(outcome)


async def test_a_server_without_login_is_not_sent_a_password(
    server: MailServer, clock: ManualClock, notice: Envelope
) -> None:
    outcome = await refused(channel_to(server, clock, "mailer:secret@"), notice)
    assert (outcome.for_good, outcome.reason) == (False, "unauthorized")


async def test_the_connection_is_encrypted_when_the_server_offers_it(
    clock: ManualClock, notice: Envelope, tls: ssl.SSLContext
) -> None:
    server = MailServer(tls=tls)
    await server.start()
    assert isinstance(await channel_to(server, clock).send_notice(ANNA, notice), Accepted)
    assert server.sessions[-1].ssl is not None
    await server.stop()


async def test_smtps_is_encrypted_from_the_start(clock: ManualClock, notice: Envelope, tls: ssl.SSLContext) -> None:
    server = MailServer(tls=tls)
    await server.start(implicit_tls=True)
    assert isinstance(await channel_to(server, clock, scheme="smtps").send_notice(ANNA, notice), Accepted)
    await server.stop()


async def test_a_server_whose_certificate_nobody_trusts_gets_nothing(
    clock: ManualClock, notice: Envelope, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = MailServer(tls=tls)
    await server.start()
    outcome = await refused(channel_to(server, clock), notice)
    assert (outcome.for_good, outcome.reason, server.mails) == (False, "network", [])
    await server.stop()


@pytest.mark.parametrize(
    ("command", "answer", "for_good", "reason"),
    [
        ("RCPT", "550 5.1.1 <anna@example.org>: no such user", True, "bounced"),
        ("RCPT", "550 No such user here", True, "bounced"),
        ("RCPT", "551 User not local", True, "bounced"),
        ("RCPT", "553 Mailbox name not allowed", True, "bounced"),
        ("RCPT", "554 5.1.2 No such domain", True, "bounced"),
        ("RCPT", "550 5.7.1 Relaying denied", True, "rejected"),
        ("RCPT", "550 5.1.8 Sender address rejected", True, "rejected"),
        ("RCPT", "552 5.2.2 Mailbox full", True, "rejected"),
        ("RCPT", "450 4.2.0 Greylisted, anna@example.org", False, "deferred"),
        ("RCPT", "530 5.7.0 Authentication required", False, "unauthorized"),
        ("MAIL", "550 5.7.1 Not from here", True, "rejected"),
        ("MAIL", "451 4.3.0 Try again later", False, "deferred"),
        ("MAIL", DROP, False, "network"),
        ("DATA", "554 5.7.1 Looks like spam", True, "rejected"),
        ("DATA", "550 5.1.1 Odd", True, "rejected"),
        ("DATA", "452 4.3.1 Out of room", False, "deferred"),
        ("DATA", DROP, False, "in_doubt"),
    ],
)
async def test_what_the_server_refuses_says_whether_to_try_again(
    server: MailServer, channel: EmailChannel, notice: Envelope, command: str, answer: str, for_good: bool, reason: str
) -> None:
    server.answers[command] = answer
    outcome = await refused(channel, notice)
    assert (outcome.for_good, outcome.reason, outcome.address_lost) == (for_good, reason, reason == "bounced")


@pytest.mark.parametrize(("command", "reason"), [("RCPT", "network"), ("DATA", "in_doubt")])
async def test_a_server_that_says_nothing_more_is_waited_for_a_while_only(
    server: MailServer, clock: ManualClock, notice: Envelope, command: str, reason: str
) -> None:
    server.answers[command] = HANG
    outcome = await refused(channel_to(server, clock, timeout_s=0.3), notice)
    assert (outcome.for_good, outcome.reason) == (False, reason)


@pytest.mark.parametrize(
    ("greeting", "reason"), [("421 4.3.2 Too busy", "deferred"), ("554 No mail here", "server_error")]
)
async def test_a_server_that_turns_everyone_away_is_tried_again(
    clock: ManualClock, notice: Envelope, greeting: str, reason: str
) -> None:
    server = MailServer(greeting=greeting)
    await server.start()
    outcome = await refused(channel_to(server, clock), notice)
    assert (outcome.for_good, outcome.reason) == (False, reason)
    await server.stop()


@pytest.mark.parametrize("credentials", ["", "mailer:right@"])
async def test_nothing_leaves_in_the_clear_to_another_machine(
    clock: ManualClock, notice: Envelope, credentials: str
) -> None:
    server = MailServer(host=ELSEWHERE, login=(b"mailer", b"right"))  # STARTTLS was taken out of what it offers
    await server.start()
    channel = EmailChannel(f"smtp://{credentials}{ELSEWHERE}:{server.port}?from=n@wallet.example", "Wallet", clock)
    outcome = await refused(channel, notice)
    assert (outcome.for_good, outcome.reason) == (False, "no_encryption")
    assert (server.connections, server.sessions, server.mails) == (1, [], [])
    await server.stop()


async def test_what_is_encrypted_leaves_to_another_machine(
    tls: ssl.SSLContext, clock: ManualClock, notice: Envelope
) -> None:
    server = MailServer(host=ELSEWHERE, tls=tls)
    await server.start()
    channel = EmailChannel(f"smtp://{ELSEWHERE}:{server.port}?from=n@wallet.example", "Wallet", clock)
    assert isinstance(await channel.send_notice(ANNA, notice), Accepted)
    assert server.sessions[0].ssl is not None
    await server.stop()


async def test_a_certificate_of_somebody_else_gets_nothing(
    clock: ManualClock, notice: Envelope, tmp_path: Path
) -> None:
    server = MailServer(host=ELSEWHERE, tls=certified(tmp_path))
    await server.start()
    channel = EmailChannel(f"smtp://{ELSEWHERE}:{server.port}?from=n@wallet.example", "Wallet", clock)
    outcome = await refused(channel, notice)
    assert (outcome.for_good, server.mails) == (False, [])
    await server.stop()


async def test_a_server_that_is_not_there_is_tried_again(clock: ManualClock, notice: Envelope) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        channel = EmailChannel(f"smtp://127.0.0.1:{nobody.getsockname()[1]}", "Wallet", clock)
        outcome = await refused(channel, notice)
    assert (outcome.for_good, outcome.reason) == (False, "network")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "no_address"),
        (" \n", "no_address"),
        ("anna", "bad_address"),
        ("anna@localhost", "bad_address"),
        ("anna@example..org", "bad_address"),
        ("anna@example.org, bob@example.org", "bad_address"),
        ("Anna <anna@example.org>", "bad_address"),
        ("anna@example.org\r\nBcc: bob@example.org", "bad_address"),
        ("anna@example.org>\r\nRCPT TO:<bob@example.org", "bad_address"),
        ("a" * 65 + "@example.org", "bad_address"),
        ("安娜@example.org", "bad_address"),
    ],
)
async def test_what_is_no_address_is_not_even_tried(
    server: MailServer, channel: EmailChannel, notice: Envelope, address: str, reason: str
) -> None:
    outcome = await channel.send_notice(address, notice)
    assert (outcome, server.connections) == (Refused(True, reason), 0)


async def test_a_domain_in_chinese_is_reached(server: MailServer, channel: EmailChannel, notice: Envelope) -> None:
    assert isinstance(await channel.send_notice("anna@例子.公司", notice), Accepted)
    assert server.recipients == ["anna@xn--fsqu00a.xn--55qx5d"]


async def test_nothing_in_the_logs_tells_who_was_written_to(
    server: MailServer, clock: ManualClock, notice: Envelope, caplog: pytest.LogCaptureFixture
) -> None:
    server.login = (b"mailer", b"right")
    with caplog.at_level(logging.DEBUG):
        await channel_to(server, clock, "mailer:wrong-secret@").send_notice(ANNA, notice)
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
    assert "anna" not in ours
    assert "wrong-secret" not in ours


async def test_the_channel_answers_like_any_other(server: MailServer, channel: EmailChannel) -> None:
    any_channel: Channel = channel
    assert isinstance(await any_channel.deliver(ANNA, Message("Your payment has come in.")), Accepted)
    assert server.mail()["Subject"] == "Your payment has come in."


async def test_a_message_may_be_delivered_with_all_that_a_notice_has(
    server: MailServer, channel: EmailChannel, reminder: Message, notice: Envelope
) -> None:
    outcome = await channel.deliver(ANNA, reminder, subject=notice.subject, reference="notice-7", language="en")
    assert outcome == await channel.send_notice(ANNA, notice)
