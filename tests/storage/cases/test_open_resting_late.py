"""When a case is open, rests, waits in the queue, or is late: both databases say the same as the rules."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product

from sqlalchemy import ColumnElement, select

from bot.clock import ManualClock
from bot.rules.cases.live_queue import is_late
from storage.cases import deadlines, queue
from storage.cases.agents import Agent, add_agent
from storage.cases.cases import AWAKE, OPEN, RESTS, as_case, with_owners
from storage.cases.urgency import WAITS
from storage.runtime.engine import Connection, Database
from storage.schema import cases, customers
from tests.work.lives import MEI

STATES = ("waiting", "claimed", "closed")
SECOND = timedelta(seconds=1)


async def fill(db: Database, now: datetime) -> int:
    """A case of every kind, each of another customer; how many there are."""
    kinds = list(product(STATES, (None, now + SECOND), (None, "first"), (now - SECOND, now, now + SECOND)))
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", (), "agent"), now)
        for number, (state, snoozed_until, due_kind, due_at) in enumerate(kinds, 1):
            of = f"C{number}"
            await conn.execute(customers.insert().values(customer_id=of, zone="Asia/Taipei", facts_at=now))
            await conn.execute(
                cases.insert().values(
                    case_id=number,
                    customer_id=of,
                    reason="asked",
                    due_since=date(2026, 3, 1),
                    opened_at=now,
                    state=state,
                    owner_id=MEI if state == "claimed" else None,
                    snoozed_until=snoozed_until,
                    due_kind=due_kind,
                    due_at=due_at,
                )
            )
    return len(kinds)


async def ids(conn: Connection, *where: ColumnElement[bool]) -> set[int]:
    return set((await conn.execute(select(cases.c.case_id).where(*where))).scalars())


async def test_each_case_is_what_the_rules_say(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    count = await fill(db, now)
    async with db.read() as conn:
        known = [as_case(row) for row in (await conn.execute(with_owners())).all()]
        assert len(known) == count
        is_open, rests = (
            {case.case_id for case in known if held(case)} for held in (lambda c: c.is_open, lambda c: c.rests)
        )
        waits = {case.case_id for case in known if case.state == "waiting" and not case.rests}
        late = {case.case_id for case in known if case.is_open and is_late(case, now)}
        assert min(map(len, (is_open, rests, waits, late))) > 0
        assert await ids(conn, OPEN) == is_open
        assert await ids(conn, OPEN, RESTS) == rests
        assert await ids(conn, OPEN, AWAKE) == is_open - rests
        assert await ids(conn, WAITS) == waits == {case.case_id for case in await queue.queue(conn, count)}
        counts = await queue.counts(conn)
        assert (counts.waiting, counts.snoozed) == (len(waits), len(rests))
        assert await deadlines.late_count(conn, now) == len(late)
