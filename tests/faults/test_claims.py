"""A claim ends, whatever happens to its holder: its commit is not answered, the holder is slow, or the text fails.

The senders run in the test's own process, so that a test can stop them at the exact point.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import Accepted, Envelope, Outcome
from bot.clock import ManualClock
from bot.message import Message
from bot.settings import Settings
from bot.work.policy.policies import PolicyBook
from bot.work.reminders import notice_checks
from bot.work.reminders.claims import CLAIM_LOST_AFTER, take
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import Sent, send_due
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist
from storage.schema import contacts, notice_items, notices
from tests.work import lives


@dataclass
class Phone:
    """Telegram, which takes a message once it `may_answer`."""

    name: str = "telegram"
    at_once: int | None = None
    said: list[str] = field(default_factory=list)
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, address: str, message: Message) -> Outcome:
        raise AssertionError("nobody answers anybody here")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        self.said.append(envelope.reference)
        self.taken.set()
        await self.may_answer.wait()
        return Accepted(str(len(self.said)))


class ForgetfulDatabase(Database):
    """Commits, and then breaks the connection before it says so: the `number`-th time that it is written to."""

    number = 1

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with super().write() as conn:
            yield conn
        self.number -= 1
        if self.number == 0:
            raise OperationalError("COMMIT", {}, ConnectionResetError("the server closed the connection"))


@pytest.fixture
def phone() -> Phone:
    phone = Phone()
    phone.may_answer.set()
    return phone


def sender(db: Database, phone: Phone, worker: str = "one") -> Sender:
    return Sender(db, PolicyBook(lives.POLICY), Settings(_env_file=None), {"telegram": phone}, worker)  # type: ignore[call-arg]


async def a_reminder_is_due(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await lives.customer(db, now)
    await lives.owes(db, now, now.date() - timedelta(days=1))
    await lives.linked(db, now)
    await lives.notice(db, now)


async def fates(db: Database) -> list[tuple[str, str | None]]:
    async with db.read() as conn:
        rows = await conn.execute(select(notices.c.state, notices.c.reason).order_by(notices.c.notice_id))
        return [(row.state, row.reason) for row in rows]


async def tries(db: Database) -> list[tuple[str, str | None]]:
    async with db.read() as conn:
        rows = await conn.execute(select(contacts.c.state, contacts.c.reason).order_by(contacts.c.contact_id))
        return [(row.state, row.reason) for row in rows]


async def test_a_claim_whose_commit_was_never_answered_is_sent_by_the_same_process(
    db: Database, clock: ManualClock, phone: Phone
) -> None:
    await a_reminder_is_due(db, clock)
    forgetful = ForgetfulDatabase(db.url.render_as_string(hide_password=False).replace("+aiosqlite", ""))
    try:
        one = sender(forgetful, phone)
        assert await persist(lambda: send_due(one, clock.now(), 10)) == Sent(1, 1)
    finally:
        await forgetful.close()
    assert phone.said == ["notice-1"]
    assert await fates(db) == [("accepted", None)]
    assert await tries(db) == [("refused", "claim_lost"), ("accepted", None)]


async def test_what_a_slow_sender_was_told_counts_although_its_claim_was_given_away(
    db: Database, clock: ManualClock, phone: Phone
) -> None:
    await a_reminder_is_due(db, clock)
    phone.may_answer.clear()
    slow = asyncio.create_task(send_due(sender(db, phone), clock.now(), 10))
    await phone.taken.wait()
    clock.move(CLAIM_LOST_AFTER + timedelta(seconds=1))
    other = sender(db, phone, "other")
    assert (await take(other, clock.now(), {"telegram": 0})).claimed == 0  # frees what it takes for lost
    assert await fates(db) == [("planned", "claim_lost")]
    phone.may_answer.set()
    await slow
    assert (await send_due(other, clock.now(), 10)).claimed == 0
    assert phone.said == ["notice-1"]
    assert await fates(db) == [("accepted", None)]


@pytest.mark.parametrize("where", ["reminder", "send_check.decide"])
async def test_one_notice_that_cannot_be_put_into_words_keeps_no_other_from_leaving(
    db: Database, clock: ManualClock, phone: Phone, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await a_reminder_is_due(db, clock)
    now = clock.now()
    await lives.customer(db, now, "C2", name="Ben")
    await lives.linked(db, now, 222, "C2")
    await lives.owes(db, now, now.date() - timedelta(days=1), "I2", "C2")
    await lives.notice(db, now, customer_id="C2")
    async with db.write() as conn:
        await conn.execute(notice_items.update().where(notice_items.c.notice_id == 2).values(instalment_id="I2"))
    _fail_for(monkeypatch, where, "Anna Lee")
    assert await send_due(sender(db, phone), now, 10) == Sent(2, 1)
    assert phone.said == ["notice-2"]
    assert await fates(db) == [("not_sent", "program_error"), ("accepted", None)]


def _fail_for(monkeypatch: pytest.MonkeyPatch, where: str, name: str) -> None:
    """A fault of the program's that only one customer's facts bring about."""
    whose, _, function = where.rpartition(".")
    place = getattr(notice_checks, whose) if whose else notice_checks
    real = getattr(place, function)

    def failing(*given: Any, **named: Any) -> Any:
        if any(getattr(getattr(one, "customer", None), "name", "") == name for one in given):
            raise ZeroDivisionError
        return real(*given, **named)

    monkeypatch.setattr(place, function, failing)
