"""Which codes an agent was shown, and calls that are announced: on both databases."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import ManualClock
from bot.rules.cases.case_events import Calling, CodeShown
from storage.cases import announced_calls, calls, cases, cases_opening
from storage.cases.agents import Agent, add_agent
from storage.runtime.engine import Database
from tests.work.lives import ANNA, MEI, customer


async def test_codes_that_were_shown_count_once_for_each_case(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await customer(db, now)
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", (), "agent"), now)
        case_id, _ = await cases_opening.open_asked(conn, ANNA, now.date(), now)
        for at, event in (
            (now, CodeShown()),
            (now + timedelta(hours=1), CodeShown()),
            (now + timedelta(hours=2), CodeShown(too_often=True)),
            (now + timedelta(hours=2), Calling(now + timedelta(hours=3))),
        ):
            await cases.add_event(conn, case_id, event, at, actor_id=MEI)
        assert await calls.codes_since(conn, MEI, now) == {case_id: now}
        assert await calls.codes_since(conn, MEI, now + timedelta(minutes=61)) == {}
        assert await calls.announced_since(conn, case_id, now) == 1


async def test_one_call_at_a_time_and_it_is_over_when_it_ends(db: Database, clock: ManualClock) -> None:
    now, later = clock.now(), clock.now() + timedelta(minutes=10)
    await customer(db, now)
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", (), "agent"), now)
        case_id, _ = await cases_opening.open_asked(conn, ANNA, now.date(), now)
        assert await announced_calls.begin(conn, ANNA, case_id, MEI, now, later)
        assert not await announced_calls.begin(conn, ANNA, case_id, MEI, now, later)
        call = await announced_calls.now_calling(conn, ANNA, now)
        assert call is not None and call.agent_name == "Mei" and call.message is None
        await announced_calls.keep_message(conn, call, 7)
        assert await announced_calls.over(conn, now, 9) == []
        await announced_calls.end(conn, ANNA, now)
        assert await announced_calls.now_calling(conn, ANNA, now) is None
        (over,) = await announced_calls.over(conn, now, 9)
        assert over.message == 7
        await announced_calls.remove(conn, over)
        assert await announced_calls.over(conn, later, 9) == []
