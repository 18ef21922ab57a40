"""What agents are to be told in private is kept until they heard it, the last of the same only."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import ManualClock
from bot.rules.cases.case_events import Transferred, Woken
from storage.cases import agent_notices
from storage.cases.agent_notices import AgentNotice
from storage.cases.agents import Agent, add_agent
from storage.runtime.engine import Database
from storage.schema import agent_notices as table
from storage.schema import cases
from tests.work.lives import ANNA, MEI, add, customer, rows


async def a_case_of_mei(db: Database, clock: ManualClock) -> AgentNotice:
    await customer(db, clock.now())
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", (), "agent"), clock.now())
    case_id = await add(db, cases, customer_id=ANNA, reason="asked", state="waiting", opened_at=clock.now())
    return AgentNotice(MEI, case_id, Transferred, clock.now())


async def test_the_last_of_the_same_is_told_and_the_others_with_it(db: Database, clock: ManualClock) -> None:
    first = await a_case_of_mei(db, clock)
    woken = AgentNotice(MEI, first.case_id, Woken, clock.now() + timedelta(seconds=1), in_topic=True)
    again = AgentNotice(MEI, first.case_id, Transferred, clock.now() + timedelta(seconds=2))
    async with db.write() as conn:
        await agent_notices.keep(conn, first, woken)
        await agent_notices.keep(conn, again)
        untold = await agent_notices.untold(conn)
        assert [notice for _, notice in untold] == [woken, again]
        assert [await agent_notices.told(conn, *each) for each in untold] == [True, True]
        assert [await agent_notices.told(conn, *each) for each in untold] == [False, False]
    assert await rows(db, table) == []


async def test_what_happens_again_while_it_is_told_is_told_again(db: Database, clock: ManualClock) -> None:
    """Another process tells it at the same time, and the number of what was told is not given once more."""
    notice = await a_case_of_mei(db, clock)
    async with db.write() as conn:
        await agent_notices.keep(conn, notice)
        (seen,) = await agent_notices.untold(conn)
        assert await agent_notices.told(conn, *seen)
        await agent_notices.keep(conn, notice)
        assert not await agent_notices.told(conn, *seen)
        assert [again for _, again in await agent_notices.untold(conn)] == [notice]
