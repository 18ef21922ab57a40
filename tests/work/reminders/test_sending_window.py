"""The window of messages in flight: a slow message delays only itself; what waited for long is checked once more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels import NOT_LEFT, Accepted, Channel, Envelope, Outcome, Refused
from bot.clock import ManualClock
from bot.message import Message
from bot.rules.operations.event_signatures import Signed
from bot.settings import Settings
from bot.work.operations.wallet_events import apply_waiting, receive
from bot.work.policy.policies import PolicyBook
from bot.work.reminders import outcomes, sending
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import Window
from storage.runtime.engine import Database
from storage.schema import contacts, customers, instalments, links, notice_items, notices
from tests.work import lives

pytestmark = pytest.mark.postgresql_one_in(2)

AHEAD = 4
POLICY = replace(
    lives.POLICY, steps=tuple(replace(step, channels=("telegram", "email")) for step in lives.POLICY.steps)
)


@dataclass
class Line:
    """A channel on which a test gives each message its turn, and its answer; by address."""

    name: str = "telegram"
    at_once: int | None = None
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)
    under_way: dict[str, asyncio.Future[Outcome]] = field(default_factory=dict)
    held_back: list[str] = field(default_factory=list)
    most_waiting: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def deliver(self, address: str, message: Message) -> Outcome:
        raise AssertionError("nobody answers anybody here")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        turn = self.waiting[address] = asyncio.Event()
        self.most_waiting = max(self.most_waiting, len(self.waiting))
        await self._tell()
        try:
            await turn.wait()
        finally:
            del self.waiting[address]
        if not await envelope.may_leave():
            self.held_back.append(address)
            await self._tell()
            return NOT_LEFT
        answer = self.under_way[address] = asyncio.get_running_loop().create_future()
        await self._tell()
        return await answer

    async def goes(self, address: str, outcome: Outcome | None = None) -> None:
        """The message has its turn; `outcome` is its answer, None lets it wait for one."""
        await self.until(lambda: address in self.waiting)
        before = len(self.held_back)
        self.waiting[address].set()
        await self.until(lambda: address in self.under_way or len(self.held_back) > before)
        if outcome is not None:
            self.under_way[address].set_result(outcome)

    async def until(self, holds: object) -> None:
        assert callable(holds)
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(holds)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


@dataclass
class Sending:
    db: Database
    clock: ManualClock
    line: Line
    window: Window
    refusals: list[None]
    mail: Line = field(default_factory=lambda: Line("email", at_once=2))  # of which twice as many are ready
    has_room: list[None] = field(default_factory=list)

    async def fill(self) -> int:
        channels: dict[str, Channel] = {line.name: line for line in (self.line, self.mail)}
        settings = Settings(_env_file=None)  # type: ignore[call-arg]
        return await self.window.fill(Sender(self.db, PolicyBook(POLICY), settings, channels, "one"))

    async def due(self, number: int, by_mail: int = 0) -> None:
        """So many customers who owe something, linked to the chats 1, 2, …, in the order in which they are claimed; the
        first of them are not linked, and have the mailboxes 1@x.example, 2@x.example, …"""
        now = self.clock.now()
        for n in range(1, number + 1):
            customer = f"C{n}"
            await lives.customer(self.db, now, customer, **({"email": f"{n}@x.example"} if n <= by_mail else {}))
            await lives.owes(self.db, now, now.date() - timedelta(days=1), f"I{n}", customer)
            if n > by_mail:
                await lives.linked(self.db, now, n, customer)
            notice = await lives.notice(
                self.db, now, customer_id=customer, expires_at=now + timedelta(hours=8, seconds=n)
            )
            async with self.db.write() as conn:
                mine = notice_items.c.notice_id == notice
                await conn.execute(update(notice_items).where(mine).values(instalment_id=f"I{n}"))

    async def fates(self) -> dict[str, tuple[str, str | None]]:
        """What became of each notice, by chat."""
        query = select(links.c.user_id, notices.c.state, notices.c.reason)
        query = query.join(links, links.c.customer_id == notices.c.customer_id)
        async with self.db.read() as conn:
            return {str(row[0]): (row[1], row[2]) for row in (await conn.execute(query)).all()}

    async def tries(self, customer_id: str) -> list[tuple[str, str | None]]:
        query = select(contacts.c.state, contacts.c.reason).where(contacts.c.customer_id == customer_id)
        async with self.db.read() as conn:
            return [(row[0], row[1]) for row in await conn.execute(query.order_by(contacts.c.contact_id))]


@pytest.fixture
async def sending_of(db: Database, clock: ManualClock) -> AsyncIterator[Sending]:
    refusals: list[None] = []
    has_room: list[None] = []
    window = Window(
        clock.now, ahead=AHEAD, refused=lambda: refusals.append(None), has_room=lambda: has_room.append(None)
    )
    yield Sending(db, clock, Line(), window, refusals, has_room=has_room)
    window.abandon()


YES = Accepted("7")


async def test_a_message_without_an_answer_delays_no_other_and_no_group_is_too_far_ahead(sending_of: Sending) -> None:
    one = sending_of
    await one.due(9)
    assert await one.fill() == AHEAD
    await one.line.goes("1")  # and is not answered
    for chat in range(2, 10):
        if await one.window.room(0):
            await one.fill()
        await one.line.goes(str(chat), YES)
    await one.line.until(lambda: not one.line.waiting)
    one.line.under_way["1"].set_result(YES)
    await one.window.all_ended()
    assert one.window.accepted == 9
    assert one.line.most_waiting == AHEAD
    assert set((await one.fates()).values()) == {("accepted", None)}
    assert await one.fill() == 0


@pytest.mark.parametrize("what", ["paid", "stopped", "another chat", "freed"])
@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_what_is_not_right_any_more_when_its_turn_comes_late_does_not_leave(
    sending_of: Sending, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    one = sending_of
    monkeypatch.setattr(sending, "FRESH_S", 0.0)
    await one.due(2)
    await one.fill()
    changes = {
        "paid": update(instalments).where(instalments.c.instalment_id == "I1").values(paid=120000),
        "stopped": update(customers).where(customers.c.customer_id == "C1").values(stopped_at=one.clock.now()),
        "another chat": update(links).where(links.c.customer_id == "C1").values(user_id=99),
        "freed": update(notices).where(notices.c.customer_id == "C1").values(state="planned", claimed_by=None),
    }
    async with one.db.write() as conn:
        await conn.execute(changes[what])
    await one.line.goes("1")
    await one.line.goes("2", YES)
    await one.window.all_ended()
    assert one.line.held_back == ["1"]
    assert one.line.under_way.keys() == {"2"}
    # Whose claim was taken away writes nothing more about it.
    assert await one.tries("C1") == [("attempted", None) if what == "freed" else ("refused", "held_back")]
    if await one.fill() and what in ("another chat", "freed"):
        await one.line.goes("99" if what == "another chat" else "1", YES)
    await one.window.all_ended()
    ends = {"paid": ("not_sent", "paid"), "stopped": ("not_sent", "stopped")}.get(what, ("accepted", None))
    assert set((await one.fates()).values()) == {ends, ("accepted", None)}


async def test_a_payment_stops_a_reminder_that_was_checked_a_moment_ago(sending_of: Sending) -> None:
    one = sending_of
    await one.due(2)
    await one.fill()
    now = one.clock.now()
    data = {"payment_id": "P1", "instalment_id": "I1", "paid_on": now.date().isoformat(), "amount": "1200.00"}
    event = {"type": "payment.received", "timestamp": now.isoformat(), "data": data}
    await receive(one.db, Signed("m1"), json.dumps(event).encode(), now)
    await apply_waiting(one.db, one.clock)
    await one.line.goes("1")
    await one.line.goes("2", YES)
    await one.window.all_ended()
    assert (one.line.held_back, one.line.under_way.keys()) == (["1"], {"2"})
    await one.fill()
    assert set((await one.fates()).values()) == {("not_sent", "paid"), ("accepted", None)}


async def test_what_has_not_left_at_the_end_is_given_back_and_the_rest_is_written_down(sending_of: Sending) -> None:
    one = sending_of
    await one.due(4)
    await one.fill()
    for chat, answer in (("1", None), ("2", None), ("3", Refused(False, "server_error"))):
        await one.line.goes(chat, answer)
    one.line.under_way["1"].set_result(YES)
    await one.window.finish(within_s=0.2)
    fates = await one.fates()
    assert fates == {
        "1": ("accepted", None),
        "2": ("planned", "in_doubt"),
        "3": ("planned", "server_error"),
        "4": ("planned", "claim_lost"),
    }
    assert await one.tries("C4") == [("refused", "claim_lost")]
    assert one.refusals


async def test_a_flood_wait_of_telegram_ends_claiming_for_so_long(sending_of: Sending) -> None:
    one = sending_of
    await one.due(6)
    await one.fill()
    await one.line.goes("1", Refused(False, "flood", retry_after_s=3600))
    for chat in ("2", "3", "4"):
        await one.line.goes(chat, YES)
    await one.window.all_ended()
    assert await one.fill() == 2  # which wait, while others that come later may go by mail
    assert await one.fill() == 0
    assert not one.line.waiting
    assert 3500 < one.window.pause_s <= 3600


async def test_a_channel_that_does_not_answer_delays_no_other(sending_of: Sending) -> None:
    one = sending_of
    await one.due(14, by_mail=9)  # more than are claimed at once, and before the others
    while await one.fill():
        pass
    await one.mail.until(lambda: len(one.mail.waiting) == 4)
    await one.line.until(lambda: one.line.waiting.keys() == {"10", "11", "12", "13"})
    assert not one.refusals
    for chat in range(10, 15):
        await one.line.goes(str(chat), YES)
        await one.fill()
    assert len(one.mail.waiting) == 4
    assert not one.has_room
    for mailboxes in (range(1, 5), range(5, 9), range(9, 10)):
        for mailbox in mailboxes:
            await one.mail.goes(f"{mailbox}@x.example", YES)
        await one.window.all_ended()
        await one.fill()
    assert one.has_room
    assert one.mail.most_waiting == 4
    assert one.window.accepted == 14
    async with one.db.read() as conn:
        assert set((await conn.execute(select(notices.c.attempts))).scalars()) == {1}


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_flood_wait_of_telegram_holds_up_no_mail(sending_of: Sending) -> None:
    one = sending_of
    await one.due(3, by_mail=0)
    await one.fill()
    for chat in ("1", "2", "3"):
        await one.line.goes(chat, Refused(False, "flood", retry_after_s=3600))
    await one.window.all_ended()
    async with one.db.write() as conn:
        await conn.execute(update(links).where(links.c.user_id == 1).values(ended_at=one.clock.now()))
        await conn.execute(update(customers).where(customers.c.customer_id == "C1").values(email="1@x.example"))
        await conn.execute(update(notices).values(send_after=one.clock.now()))
    await one.fill()
    await one.mail.goes("1@x.example", YES)
    assert one.line.waiting == {}


async def test_what_waits_for_a_channel_that_is_set_up_no_more_goes_over_another(sending_of: Sending) -> None:
    one = sending_of
    await one.due(1)
    async with one.db.write() as conn:
        await conn.execute(update(notices).values(expected_channel="push"))
    await one.fill()
    await one.line.goes("1", YES)


async def test_what_was_answered_takes_no_place_while_it_is_written_down(
    sending_of: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sending_of
    one.window = Window(one.clock.now, ahead=AHEAD, size=AHEAD)
    may_write, record = asyncio.Event(), outcomes.record

    async def slow(*given: Any) -> None:
        await may_write.wait()
        await record(*given)

    monkeypatch.setattr(outcomes, "record", slow)
    await one.due(2 * AHEAD)
    await one.fill()
    for chat in range(1, AHEAD + 1):
        await one.line.goes(str(chat), YES)
    for chat in range(AHEAD + 1, 2 * AHEAD + 1):
        assert await one.window.room(5)
        await one.fill()
        await one.line.goes(str(chat), YES)
    assert one.window.accepted == 0
    may_write.set()
    await one.window.all_ended()
    assert one.window.accepted == 2 * AHEAD
