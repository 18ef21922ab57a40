"""Many cases moved or put on hold by a supervisor's press: the right ones, once, with an entry in each history."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.rules.cases.agent_notices import CasesTaken
from bot.rules.cases.bulk_changes import NotBulk
from bot.rules.cases.case_events import Released, Transferred
from bot.rules.cases.case_events_agreements import HoldSet
from bot.rules.cases.event_codec import BareEvent, Event, decode
from bot.rules.policy.desk_terms import Desk
from bot.work.cases import bulk_changes
from bot.work.cases.bulk_changes import Done
from bot.work.cases.desk_upkeep import update_cases
from storage.cases import agent_notices, agents
from storage.cases import bulk_changes as stored
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.schema import case_events, cases, holds
from tests.work.lives import add, customer, owes, rows

pytestmark = pytest.mark.postgresql_one_in(2)

MEI, BOB, SUE = 1, 2, 3
TAIPEI = "Asia/Taipei"


class Desktop:
    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db, self.clock, self._count = db, clock, 0
        self.sue = Agent(SUE, "Sue", (), "supervisor")

    async def open(self, owner: int | None = None, rank: int = -1, language: str = "en", **more: Any) -> int:
        self._count += 1
        who = f"C{self._count}"
        await customer(self.db, self.clock.now(), who, language=language)
        state = "claimed" if owner else "waiting"
        row = {"customer_id": who, "reason": "overdue", "state": state, "owner_id": owner, "urgency": rank}
        return int(await add(self.db, cases, **{**row, "opened_at": self.clock.now(), **more}))

    async def ask(self, text: str, key: int = 5) -> bulk_changes.Asked | NotBulk:
        return await bulk_changes.ask(self.db, self.sue, text, key, TAIPEI, self.clock.now())

    async def press(self, user: int = SUE, key: int = 5, agreed: bool = True) -> Any:
        return await bulk_changes.press(self.db, user, key, agreed, TAIPEI, self.clock.now())

    async def do(self, text: str) -> Done:
        await self.ask(text)
        _, done = await self.press()
        assert isinstance(done, Done)
        return done

    async def owners(self) -> list[int | None]:
        return [row.owner_id for row in await rows(self.db, cases)]

    async def events(self, kind: str) -> list[tuple[int, int | None, Event | BareEvent]]:
        return [
            (e.case_id, e.actor_id, decode(kind, e.body)) for e in await rows(self.db, case_events) if e.kind == kind
        ]


async def desk_of(db: Database, clock: ManualClock) -> Desktop:
    async with db.write() as conn:
        for number, name, role in ((MEI, "Mei", "agent"), (BOB, "Bob", "agent"), (SUE, "Sue", "supervisor")):
            await agents.add_agent(conn, Agent(number, name, (), role), clock.now())
    return Desktop(db, clock)


async def test_nothing_is_done_before_the_press(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    for _ in range(3):
        await desk.open(MEI)
    before = await rows(db, cases), await rows(db, case_events)
    asked = await desk.ask("move Mei Bob 2")
    assert isinstance(asked, bulk_changes.Asked)
    assert (asked.count, asked.to_name) == (2, "Bob")
    assert (await rows(db, cases), await rows(db, case_events)) == before


async def test_the_most_urgent_go_to_whom_they_should_and_history_has_it(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    for rank in (-10, -30, -20):
        await desk.open(MEI, rank)
    await desk.open(BOB)
    done = await desk.do("move Mei Bob 2")
    assert done.count == 2
    assert await desk.owners() == [MEI, BOB, BOB, BOB]
    assert await desk.events("transferred") == [(2, SUE, Transferred("Bob")), (3, SUE, Transferred("Bob"))]
    assert [c.card_stale for c in await rows(db, cases)] == [False, True, True, False]
    async with db.read() as conn:
        told = [(one.agent_id, one.case_id, one.detail) for _, one in await agent_notices.untold(conn)]
    lost = CasesTaken("move", 2, "Bob", "Sue")
    assert sorted(told[:2]) + told[2:] == [(BOB, 2, None), (BOB, 3, None), (MEI, 2, lost)]


async def test_released_cases_wait_in_the_queue_with_a_next_date(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await desk.do("release Mei")
    await update_cases(db, Desk(), clock.now())
    (row,) = await rows(db, cases)
    assert (row.state, row.owner_id) == ("waiting", None)
    assert row.due_at is not None
    assert await desk.events("released") == [(1, SUE, Released())]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_filters_choose_by_reason_language_agent_and_days(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    now = clock.now()
    await desk.open(language="zh-Hant")
    await desk.open(reason="asked", language="zh_TW")
    await desk.open(MEI, language="en")
    await owes(db, now, now.date() - timedelta(days=31), customer_id="C3")
    await desk.open(BOB, language="zh-Hans", state="claimed")
    await owes(db, now, now.date() - timedelta(days=30), "I2", customer_id="C4")
    for text, count in (
        ("move queue Bob", 2),
        ("move queue Bob language:zh", 2),
        ("move queue Bob reason:asked", 1),
        ("hold 7 language:zh", 3),
        ("hold 7 language:en", 1),
        ("hold 7 overdue:30", 1),
        ("hold 7 overdue:29", 2),
        ("hold 7 agent:Mei", 1),
        ("hold 7 all", 4),
    ):
        asked = await desk.ask(text)
        assert isinstance(asked, bulk_changes.Asked)
        assert (text, asked.count) == (text, count)


async def test_a_hold_rests_reminders_and_the_case_until_it_is_over(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await add(db, holds, customer_id="C1", kind="hold", set_at=clock.now(), until=date(2026, 3, 4))
    done = await desk.do("hold 7 reason:overdue")
    assert done.count == 1
    first, second = await rows(db, holds)
    assert first.ended_why == "replaced"
    assert (second.until, second.set_by, second.case_id, second.ended_at) == (date(2026, 3, 9), SUE, 1, None)
    (row,) = await rows(db, cases)
    assert (row.owner_id, row.snoozed_until) == (MEI, datetime(2026, 3, 9, 16, tzinfo=clock.now().tzinfo))
    assert await desk.events("hold_set") == [(1, SUE, HoldSet(date(2026, 3, 9)))]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_what_is_kept_until_the_press_is_what_was_asked(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI, reason="asked", language="zh-Hant")
    await owes(db, clock.now(), clock.now().date() - timedelta(days=40), customer_id="C1")
    for text in ("move Mei Bob 3", "release Mei", "hold 7 all", "hold 9 agent:Mei overdue:30 language:zh reason:asked"):
        asked = await desk.ask(text)
        async with db.write() as conn:
            kept = await stored.asked(conn, 5)
        assert kept is not None
        assert isinstance(asked, bulk_changes.Asked)
        assert (kept.bulk, kept.asked_by, kept.asked_at, kept.state) == (asked.bulk, SUE, clock.now(), "asked")


async def test_who_left_before_the_press_gets_nothing_and_a_new_name_changes_nothing(
    db: Database, clock: ManualClock
) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await desk.ask("move Mei Bob")
    async with db.write() as conn:
        await agents.remove_agent(conn, BOB, clock.now())
    _, said = await desk.press()
    assert said == "over"
    async with db.write() as conn:
        await agents.add_agent(conn, Agent(BOB, "Robert", (), "agent"), clock.now())
    _, done = await desk.press()
    assert (done.count, done.to_name, await desk.owners()) == (1, "Robert", [BOB])


async def test_it_is_done_once_however_often_it_is_pressed(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await desk.ask("move Mei Bob")
    pressed = await asyncio.gather(*(desk.press() for _ in range(4)))
    said = [done if isinstance(done, str) else done.count for _, done in pressed]
    assert sorted(said, key=str) == [1, "done_before", "done_before", "done_before"]
    assert len(await desk.events("transferred")) == 1


async def test_only_who_asked_can_press_and_only_while_a_supervisor(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await desk.ask("move Mei Bob")
    async with db.write() as conn:
        await agents.add_agent(conn, Agent(4, "Tom", (), "supervisor"), clock.now())
    assert [await desk.press(user) for user in (MEI, BOB, 4, 99)] == [None] * 4
    async with db.write() as conn:
        await agents.remove_agent(conn, SUE, clock.now())
    assert await desk.press() is None
    assert await desk.owners() == [MEI]


async def test_a_press_that_comes_late_or_says_no_does_nothing(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await desk.ask("move Mei Bob")
    assert (await desk.press(agreed=False))[1] == "declined"
    assert (await desk.press())[1] == "over"
    await desk.ask("move Mei Bob", key=6)
    clock.move(timedelta(minutes=10, seconds=1))
    assert (await desk.press(key=6))[1] == "over"
    assert await desk.press(key=7) is None
    assert await desk.owners() == [MEI]


async def test_what_came_after_the_question_is_not_meant(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open()
    await desk.ask("move queue Bob")
    clock.move(timedelta(minutes=1))
    await desk.open()
    _, done = await desk.press()
    assert done.count == 1
    assert await desk.owners() == [BOB, None]


async def test_who_is_away_is_given_nothing(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    async with db.write() as conn:
        await agents.set_away(conn, BOB, clock.now())
    assert await desk.ask("move Mei Bob") == NotBulk("away", "Bob")
    assert await desk.press() is None
    assert await desk.owners() == [MEI]


async def test_who_went_away_after_the_question_is_given_nothing_until_they_are_back(
    db: Database, clock: ManualClock
) -> None:
    desk = await desk_of(db, clock)
    await desk.open(MEI)
    await desk.ask("move Mei Bob")
    async with db.write() as conn:
        await agents.set_away(conn, BOB, clock.now())
    assert (await desk.press())[1] == NotBulk("away", "Bob")
    assert await desk.owners() == [MEI]
    async with db.write() as conn:
        await agents.set_away(conn, BOB, None)
    assert isinstance((await desk.press())[1], Done)
    assert await desk.owners() == [BOB]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_released_cases_rest_no_more_and_moved_ones_do(db: Database, clock: ManualClock) -> None:
    desk = await desk_of(db, clock)
    until = clock.now() + timedelta(days=3)
    for owner in (MEI, BOB):
        await desk.open(owner, snoozed_until=until)
    await desk.do("release Mei")
    await desk.do("move Bob Mei")
    assert [(row.state, row.snoozed_until) for row in await rows(db, cases)] == [("waiting", None), ("claimed", until)]
    assert await desk.events("released") == [(1, SUE, Released())]
