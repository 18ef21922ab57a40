"""The desk's statistics, read from the evidence, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.clock import ManualClock
from bot.rules.cases.case_events import AllPaid, Called, Closed, Introduced
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.cases.event_codec import Event
from bot.rules.policy.desk_terms import Desk
from bot.work.operations.desk_statistics import figures, supervisor
from storage.cases import agents
from storage.cases.agents import Agent
from storage.cases.event_rows import event_row
from storage.runtime.engine import Database
from storage.schema import case_events, cases, contacts, holds, ratings
from tests.work.lives import add, customer

DESK = Desk(time_zone="Asia/Taipei", first_answer={"other": timedelta(hours=2)})
MEI, BOB, SUE = 1, 2, 3
HOUR = timedelta(hours=1)


class Past:
    """What happened at a desk before noon of 2 March 2026, Taipei's time."""

    def __init__(self, db: Database, now: datetime) -> None:
        self.db, self.now, self._count = db, now, 0

    async def case(self, opened: timedelta, **more: Any) -> int:
        """A case that was opened so long ago."""
        self._count += 1
        who = f"C{self._count}"
        await customer(self.db, self.now, who)
        row = {"customer_id": who, "reason": "overdue", "state": "waiting", "opened_at": self.now - opened}
        return int(await add(self.db, cases, **{**row, **more}))

    async def answered(self, number: int, ago: timedelta, by: int = MEI, **more: Any) -> None:
        said = {"channel": "telegram", "direction": "out", "kind": "agent", "state": "accepted"}
        row = {**said, "customer_id": f"C{number}", "case_id": number, "at": self.now - ago, **more}
        await add(self.db, contacts, **row)
        if row["state"] == "accepted":
            spoke = Called("reached", "will pay") if row["channel"] == "phone" else Introduced()
            await self.event(number, spoke, ago, by)

    async def event(self, number: int, event: Event, ago: timedelta, by: int | None) -> None:
        await add(self.db, case_events, **event_row(number, event, self.now - ago, actor_id=by))

    async def closed(self, opened: timedelta, ago: timedelta, outcome: CaseOutcome, by: int | None = MEI) -> int:
        at = self.now - ago
        number = await self.case(opened, state="closed", closed_at=at, outcome=outcome, owner_id=by)
        await self.event(number, Closed(outcome) if by else AllPaid(), ago, by)
        return number


async def past(db: Database, clock: ManualClock) -> Past:
    async with db.write() as conn:
        for number, name, role in ((MEI, "Mei", "agent"), (BOB, "Bob", "agent"), (SUE, "Sue", "supervisor")):
            await agents.add_agent(conn, Agent(number, name, (), role), clock.now() - timedelta(days=99))
    return Past(db, clock.now())


async def test_what_waits_is_counted_and_the_oldest_named(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    await one.case(3 * HOUR, snoozed_until=one.now + HOUR)
    oldest = await one.case(2 * HOUR, due_at=one.now - HOUR, due_kind="first_answer")
    await one.case(5 * HOUR, waits_since=one.now - HOUR)
    await one.case(9 * HOUR, state="claimed", owner_id=MEI, due_at=one.now - HOUR, due_kind="next_action")
    await one.closed(9 * HOUR, HOUR, "paid")
    found = (await figures(db, DESK, 7, one.now)).now
    assert (found.waiting, found.claimed, found.snoozed, found.late) == (2, 1, 1, 2)
    assert (found.oldest_case, found.oldest_since) == (oldest, one.now - 2 * HOUR)


async def test_each_agent_has_answered_and_closed_what_is_theirs(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    await one.case(9 * HOUR, state="claimed", owner_id=BOB)
    number = await one.case(9 * HOUR, state="claimed", owner_id=MEI)
    await one.answered(number, 8 * HOUR)
    await one.answered(number, 7 * HOUR)
    await one.answered(await one.case(9 * HOUR), 3 * HOUR, channel="phone")
    await one.answered(await one.case(9 * HOUR), 3 * HOUR, channel="phone", state="refused", reason="no_answer")
    await one.closed(timedelta(days=3), HOUR, "promised")
    await one.closed(timedelta(days=3), 13 * HOUR, "promised")  # yesterday evening
    await one.closed(timedelta(days=20), timedelta(days=8), "promised")
    mei, bob, sue = (await figures(db, DESK, 7, one.now)).agents
    assert (mei.name, mei.has, mei.answered, mei.closed_today, mei.closed) == ("Mei", 1, 2, 1, 2)
    assert (bob.name, bob.has, bob.answered, bob.closed) == ("Bob", 1, 0, 0)
    assert (sue.name, sue.has) == ("Sue", 0)


async def test_removed_agents_are_left_out_and_absent_ones_marked(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    async with db.write() as conn:
        await agents.remove_agent(conn, BOB, one.now)
        await conn.execute(agents.agents.update().where(agents.agents.c.telegram_id == MEI).values(away_since=one.now))
    found = (await figures(db, DESK, 7, one.now)).agents
    assert [(a.name, a.away) for a in found] == [("Mei", True), ("Sue", False)]


async def test_first_answers_are_in_time_or_late(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    await one.answered(await one.case(9 * HOUR), 8 * HOUR)  # in time
    late = await one.case(9 * HOUR)
    await one.answered(late, 8 * HOUR, state="refused", reason="blocked")  # did not arrive
    await one.answered(late, 4 * HOUR)
    await one.case(3 * HOUR)  # waits, too long by now
    await one.case(HOUR)  # waits, and may
    await one.closed(9 * HOUR, 8 * HOUR, "paid", by=None)  # paid before an answer was due
    old = await one.case(timedelta(days=8))
    await one.answered(old, HOUR)
    found = await figures(db, DESK, 7, one.now)
    assert (found.timely, found.answers) == (1, 3)


async def test_an_answer_in_another_case_is_none_in_this_one(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    number = await one.case(9 * HOUR)
    await one.answered(number, 8 * HOUR, case_id=await one.case(9 * HOUR))
    assert (await figures(db, DESK, 7, one.now)).timely == 0


async def test_outcomes_promises_and_scores_are_those_of_the_days(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    number = await one.closed(9 * HOUR, HOUR, "paid", by=None)
    second = await one.closed(9 * HOUR, HOUR, "paid")
    third = await one.closed(9 * HOUR, 2 * HOUR, "wrong_person")
    await one.closed(timedelta(days=30), timedelta(days=8), "other")
    for kind, why, days in (
        ("promise", "kept", 1),
        ("promise", "broken", 1),
        ("promise", "withdrawn", 1),
        ("promise", "kept", 8),
        ("plan", "kept", 1),
        ("hold", "over", 1),
    ):
        at = one.now - timedelta(days=days)
        row = {"customer_id": "C1", "kind": kind, "set_at": at, "until": at.date(), "ended_at": at, "ended_why": why}
        await add(db, holds, **row)
    for case_id, score, state in ((number, 5, "asked"), (second, 4, "asked"), (third, None, "not_asked")):
        at = one.now - HOUR
        row = {"case_id": case_id, "customer_id": "C1", "asked_at": at, "state": state, "score": score}
        await add(db, ratings, **row, rated_at=at if score else None)
    found = await figures(db, DESK, 7, one.now)
    assert found.outcomes == {"paid": 2, "wrong_person": 1}
    assert (found.promises, found.plans) == ((1, 1), (1, 0))
    assert (found.mean_score, found.rated, found.asked) == (4.5, 2, 2)
    month = await figures(db, DESK, 31, one.now)
    assert (month.outcomes["other"], month.promises) == (1, (2, 1))


async def test_days_are_those_of_the_desks_calendar(db: Database, clock: ManualClock) -> None:
    one = await past(db, clock)
    await one.closed(13 * HOUR, 11 * HOUR, "paid")  # opened at eleven in the evening of the day before
    found = await figures(db, DESK, 3, one.now)
    assert found.by_day == ((date(2026, 2, 28), 0, 0), (date(2026, 3, 1), 1, 0), (date(2026, 3, 2), 0, 1))
    half = replace(DESK, time_zone="Asia/Kathmandu")  # a quarter to six ahead of UTC: 21:45 and 23:45
    assert (await figures(db, half, 2, one.now)).by_day == ((date(2026, 3, 1), 1, 1), (date(2026, 3, 2), 0, 0))


async def test_only_supervisors_are_supervisors(db: Database, clock: ManualClock) -> None:
    await past(db, clock)
    assert [await supervisor(db, number) is not None for number in (MEI, SUE, 4)] == [False, True, False]
    async with db.write() as conn:
        await agents.remove_agent(conn, SUE, clock.now())
    assert await supervisor(db, SUE) is None
