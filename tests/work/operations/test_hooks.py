"""Hooks are set, changed and removed; and to which addresses nothing is sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels import hook_post
from bot.channels.hook_post import Receivers
from bot.clock import ManualClock
from bot.rules.operations.hook_addresses import Allowed
from bot.rules.operations.outgoing_events import KINDS
from bot.settings import Settings
from bot.work.operations.hook_sending import AT_ONCE
from bot.work.operations.hooks import (
    NoSuchHook,
    WrongHook,
    add_hook,
    examine_hooks,
    remove_hook,
    replay_hook,
    rotate_secret,
)
from storage.runtime.engine import Database
from storage.tables.event_triggers import TOLD
from tests.channels.test_email import certified
from tests.rules.operations.test_event_signatures import CODED, PLAIN
from tests.work.operations.hooked import SETTINGS, STOPPED, courier, customers, states, stops
from tests.work.operations.receiver import Receiver, receiving

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_hooks_are_set_changed_and_removed(db: Database, clock: ManualClock, receiver: Receiver) -> None:
    [anna] = await customers(db, clock, 1)
    for url in ("http://crm.example/", "https://10.0.0.1/", "crm", "https://u:p@crm.example/"):
        with pytest.raises(WrongHook, match="URL: "):
            await add_hook(db, SETTINGS, url, "*", clock.now())
    own = await add_hook(db, SETTINGS, receiver.url, "case.opened", clock.now(), own_secret=True)
    changed = await add_hook(db, SETTINGS, receiver.url, STOPPED, clock.now())
    assert (changed.is_new, changed.hook.events, changed.secret) == (False, STOPPED, None)
    newer = await rotate_secret(db, "1", clock.now())
    assert own.secret is not None and own.secret != newer
    await stops(db, clock, anna)
    await courier(db, clock).settle()
    assert all(receiver.got[0].is_signed(secret, clock.now()) for secret in (own.secret, newer))
    with pytest.raises(Exception, match="none of the secrets"):
        receiver.got[0].is_signed(PLAIN, clock.now())
    clock.move(timedelta(days=1))
    await stops(db, clock, anna)
    await courier(db, clock).settle()
    with pytest.raises(Exception, match="none of the secrets"):
        receiver.got[1].is_signed(own.secret, clock.now())
    await stops(db, clock, anna)
    assert await remove_hook(db, receiver.url, clock.now()) == 1
    assert await states(db) == []
    for do in (remove_hook(db, "1", clock.now()), replay_hook(db, "x", None, clock.now())):
        with pytest.raises(NoSuchHook, match="`duebot hook list` shows"):
            await do


async def test_without_a_secret_or_leave_nothing_is_sent_and_doctor_says_so(
    sqlite_db: Database, clock: ManualClock, receiver: Receiver
) -> None:
    db = sqlite_db
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    await stops(db, clock, anna)
    unsigned = Settings(_env_file=None, hook_hosts="127.0.0.1")
    inside = Settings(_env_file=None, events_secret=SecretStr(f"{CODED} {PLAIN}"))
    await courier(db, clock, unsigned).settle()
    await courier(db, clock, inside).settle()
    assert receiver.got == []
    for settings, why in ((unsigned, "no secret to sign with"), (inside, "http:// is for hosts")):
        [finding] = await examine_hooks(db, settings, clock.now())
        assert finding.ok is False and why in finding.words
    clock.move(timedelta(minutes=1))
    both = Settings(_env_file=None, hook_hosts="127.0.0.1", events_secret=SecretStr(f"{CODED} {PLAIN}"))
    await courier(db, clock, both).settle()
    assert all(receiver.got[0].is_signed(secret, clock.now()) for secret in (CODED, PLAIN))


async def test_a_name_that_leads_inside_is_not_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it led to before: it is looked up once, and what was checked is connected to."""
    port = receiver.url.rsplit(":")[-1].removesuffix("/events")
    monkeypatch.setattr(hook_post, "check_url", lambda *_: None)  # http, as nothing here has a certificate
    answer = await Receivers(Allowed()).post(f"http://localhost:{port}/events", {}, "{}")
    assert "leads to a private network" in answer.reason
    for name in ("2130706433", "0x7f000001", "127.1", "0177.0.0.1"):
        assert (await Receivers(Allowed()).post(f"http://{name}:{port}/events", {}, "{}")).status is None, name
    assert receiver.got == []
    allowed = Allowed(frozenset({("localhost", int(port))}))
    assert (await Receivers(allowed).post(f"http://localhost:{port}/events", {}, "{}")).status == 200


async def test_who_only_says_that_they_are_the_receiver_gets_nothing(tmp_path: Path) -> None:
    async with receiving(certified(tmp_path)) as receiver:
        answer = await Receivers(SETTINGS.hooks_allowed).post(receiver.url, {}, "{}")
    assert "Certificate" in answer.reason and receiver.got == []


async def test_a_name_for_which_nobody_answers_keeps_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answered = [], asyncio.Event()

    async def resolve(_self: object, host: str, _port: int, _family: int) -> list[Any]:
        asked.append(host)
        await answered.wait()
        raise OSError("nobody knows it")

    monkeypatch.setattr(hook_post.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(hook_post, "TIMEOUT_S", 0.05)
    receivers = Receivers(Allowed())
    for _ in range(2):
        answers = await asyncio.gather(*(receivers.post("https://crm.example/", {}, "{}") for _ in range(AT_ONCE)))
        assert {answer.reason for answer in answers} == {"no answer within 0 seconds"}
    assert asked == ["crm.example"]
    answered.set()
    assert "cannot be reached" in (await receivers.post("https://crm.example/", {}, "{}")).reason


def test_what_triggers_write_is_what_the_documents_say() -> None:
    written = {told.kind: [each if isinstance(each, str) else each[0] for each in told.says] for told in TOLD}
    assert written == {name: list(kind.example) for name, kind in KINDS.items()}
    told = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    for kind, names in written.items():
        assert f"| `{kind}` | {' '.join(f'`{name}`' for name in names) or '–'} | {KINDS[kind].when} |" in told
