"""An agent acts on a case: what is refused changes nothing, and comes back as a value."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import HoldSet
from bot.rules.cases.snoozes import NoDay
from bot.rules.cases.who_may import MayNot
from bot.work.acting import Refusal, acting_on, refusals
from storage.cases import assignment
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.schema import case_events
from storage.schema import cases as cases_table
from tests.work.cases.test_contact_disclosure import BOB, MEI, a_life, agent, case

pytestmark = pytest.mark.postgresql_one_in(2)


async def at_work(db: Database, clock: ManualClock) -> tuple[Case, Agent, Agent]:
    """Mei has a case; Bob works beside her."""
    number = await a_life(db, clock.now())
    return await case(db, number), await agent(db, MEI, clock.now()), await agent(db, BOB, clock.now())


@refusals(NoDay)
async def note(db: Database, case: Case, agent: Agent, clock: ManualClock, then: object = None) -> str:
    async with acting_on(db, case, agent, clock.now()) as act:
        await act.take()
        await act.note(HoldSet(date(2026, 3, 5)))
        if then is not None:
            raise Refusal(then)
    return "done"


async def kinds(db: Database, number: int) -> list[str]:
    async with db.read() as conn:
        rows = await conn.execute(select(case_events.c.kind).where(case_events.c.case_id == number))
        return list(rows.scalars())


async def state(db: Database, number: int) -> tuple[str, int | None]:
    async with db.read() as conn:
        row = (await conn.execute(select(cases_table).where(cases_table.c.case_id == number))).one()
    return row.state, row.owner_id


async def test_what_an_agent_does_is_in_the_cases_history(db: Database, clock: ManualClock) -> None:
    one, mei, _ = await at_work(db, clock)
    assert await note(db, one, mei, clock) == "done"
    assert "hold_set" in await kinds(db, one.case_id)


async def test_a_case_that_waits_is_theirs_by_what_is_done(db: Database, clock: ManualClock) -> None:
    one, _, bob = await at_work(db, clock)
    async with db.write() as conn:
        await assignment.release(conn, one.case_id, MEI, clock.now())
    assert await note(db, one, bob, clock) == "done"
    assert await state(db, one.case_id) == ("claimed", BOB)


async def test_what_is_refused_after_all_changes_nothing(db: Database, clock: ManualClock) -> None:
    one, _, bob = await at_work(db, clock)
    async with db.write() as conn:
        await assignment.release(conn, one.case_id, MEI, clock.now())
    before = await kinds(db, one.case_id)
    assert await note(db, one, bob, clock, NoDay("past")) == NoDay("past")
    assert (await kinds(db, one.case_id), await state(db, one.case_id)) == (before, ("waiting", None))


async def test_another_agents_case_is_left_alone(db: Database, clock: ManualClock) -> None:
    one, mei, bob = await at_work(db, clock)
    before = await kinds(db, one.case_id)
    assert await note(db, one, bob, clock) == MayNot("not_yours", mei.name)
    assert await kinds(db, one.case_id) == before


async def test_a_refusal_that_nobody_expects_is_a_fault(db: Database, clock: ManualClock) -> None:
    one, mei, _ = await at_work(db, clock)
    with pytest.raises(Refusal):
        await note(db, one, mei, clock, "something else")
