"""Cases on either database, worked on by Mei, Bob and Sue; time is moved and the desk kept in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import Row, select

from bot.clock import ManualClock
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import SendingHours
from bot.work.cases.desk_upkeep import update_cases
from storage.cases import agent_notices, agents, assignment, cases_opening, snoozes
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.schema import case_events, cases
from tests.work.lives import customer

DESK = Desk(
    lease=timedelta(hours=1),
    away_return=timedelta(minutes=30),
    first_answer={"asked": timedelta(hours=2), "other": timedelta(hours=8)},
    next_action={"other": timedelta(hours=24)},
)
OFFICE = replace(DESK, time_zone="Asia/Taipei", hours=SendingHours(time(9), time(18), frozenset({5, 6})))
MEI, BOB, SUE = 901, 902, 903


class Cases:
    """A desk with three agents, and what happens to its cases."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db, self.clock, self.desk = db, clock, DESK
        self._count = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def opened(self, **more: object) -> int:
        """A customer asks for a person."""
        self._count += 1
        who = f"C{self._count}"
        await customer(self.db, self.now, who, **more)
        async with self.db.write() as conn:
            number, _ = await cases_opening.open_asked(conn, who, self.now.date(), self.now)
        return number

    async def agent(self, number: int) -> Agent:
        async with self.db.read() as conn:
            found = await agents.agent(conn, number)
        assert found is not None
        return found

    async def claimed(self, by: int = MEI, **more: object) -> int:
        number = await self.opened(**more)
        async with self.db.write() as conn:
            assert await assignment.claim(conn, number, by, self.now)
        return number

    async def kept_for(self, agent_id: int) -> int:
        """A waiting case that is for its former owner first."""
        number = await self.opened()
        async with self.db.write() as conn:
            await conn.execute(cases.update().where(cases.c.case_id == number).values(for_agent=agent_id))
        return number

    async def answered(self, number: int) -> None:
        async with self.db.write() as conn:
            await assignment.worked(conn, number, self.now, answered=True)

    async def customer_writes(self, number: int) -> None:
        async with self.db.write() as conn:
            await snoozes.customer_waits(conn, number, self.now)

    async def snoozed(self, number: int, days: int) -> None:
        async with self.db.write() as conn:
            assert await snoozes.snooze(conn, number, self.now + timedelta(days=days), MEI, self.now)

    async def pass_time(self, **by: float) -> None:
        self.clock.move(timedelta(**by))
        await update_cases(self.db, self.desk, self.now)

    async def row(self, number: int) -> Row[tuple[object, ...]]:
        async with self.db.read() as conn:
            return (await conn.execute(select(cases).where(cases.c.case_id == number))).one()

    async def owner(self, number: int) -> int | None:
        return (await self.row(number)).owner_id

    async def history(self, number: int) -> list[str]:
        async with self.db.read() as conn:
            events = select(case_events.c.kind).where(case_events.c.case_id == number).order_by(case_events.c.event_id)
            return list((await conn.execute(events)).scalars())

    async def words_kept(self) -> list[str]:
        """What agents are still to be told."""
        async with self.db.read() as conn:
            kept = [one for _, one in await agent_notices.untold(conn)]
        return sorted(f"tell.{one.agent_id}.{one.case_id}.{one.about.kind}" for one in kept)
