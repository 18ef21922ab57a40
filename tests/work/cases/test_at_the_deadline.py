"""At the very instant of a deadline: who is told, what goes back to the queue, and what is told only once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.rules.cases.case import Case, Due
from bot.work.cases import assignment
from storage.agreements import case_agreements
from storage.cases import cases as stored
from storage.cases import deadlines, queue
from storage.schema import cases
from tests.work.cases.kept_cases import BOB, MEI, Cases

pytestmark = pytest.mark.postgresql_one_in(4)

HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)


async def due(desk: Cases, at: datetime, by: int = MEI) -> int:
    """A claimed case whose next action is due then."""
    number = await desk.claimed(by)
    async with desk.db.write() as conn:
        await deadlines.set_due(conn, await read(desk, number), Due(at, "next_action"))
    return number


async def read(desk: Cases, number: int) -> Case:
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    return case


async def put(desk: Cases, number: int, **values: object) -> None:
    async with desk.db.write() as conn:
        await conn.execute(cases.update().where(cases.c.case_id == number).values(**values))


def numbers(found: Sequence[Case]) -> list[int]:
    return [case.case_id for case in found]


async def test_it_is_told_from_its_instant_on_and_late_after_it(desk: Cases) -> None:
    at = desk.now + HOUR
    later, number = await due(desk, at + MOMENT), await due(desk, at)
    resting = await due(desk, at)
    await put(desk, resting, snoozed_until=at + HOUR)
    async with desk.db.read() as conn:
        for tell in (deadlines.to_remind, deadlines.to_alarm):
            assert numbers(await tell(conn, at - MOMENT)) == []
            assert numbers(await tell(conn, at)) == [number]
            assert numbers(await tell(conn, at + MOMENT)) == [number, later], "the one that is due first in front"
        for count in (deadlines.late_count, deadlines.unheard):
            assert [await count(conn, when) for when in (at, at + MOMENT, at + HOUR)] == [0, 1, 2]


async def test_each_is_told_once_and_nobody_is_reminded_after_the_alarm(desk: Cases) -> None:
    number = await due(desk, desk.now)
    case = await read(desk, number)
    async with desk.db.write() as conn:
        await deadlines.due_told(conn, [case], "reminded")
        assert numbers(await deadlines.to_remind(conn, desk.now)) == []
        assert numbers(await deadlines.to_alarm(conn, desk.now)) == [number]
        await deadlines.due_told(conn, [case], "alarmed")
        await deadlines.due_told(conn, [case], "reminded")
        assert numbers(await deadlines.to_alarm(conn, desk.now)) == []
        assert await deadlines.unheard(conn, desk.now + HOUR) == 0


@pytest.mark.parametrize(("later", "is_told_again"), [(timedelta(), False), (MOMENT, True)])
async def test_another_deadline_is_told_again_and_the_same_is_not(
    desk: Cases, later: timedelta, is_told_again: bool
) -> None:
    number = await due(desk, desk.now)
    case = await read(desk, number)
    async with desk.db.write() as conn:
        await deadlines.due_told(conn, [case], "reminded")
        await deadlines.set_due(conn, case, Due(desk.now + later, "next_action"))
        await deadlines.due_told(conn, [case] if is_told_again else [], "alarmed")  # it was of the deadline before
        assert bool(await deadlines.to_remind(conn, desk.now + HOUR)) == is_told_again
        assert numbers(await deadlines.to_alarm(conn, desk.now + HOUR)) == [number]


@pytest.mark.parametrize("later", [HOUR, -HOUR])
async def test_the_card_is_renewed_where_it_would_be_wrong_by_more_than_an_hour(desk: Cases, later: timedelta) -> None:
    number = await due(desk, desk.now)
    for away, is_renewed in ((later, False), (later + (MOMENT if later > timedelta() else -MOMENT), True)):
        await put(desk, number, card_stale=False, due_at=desk.now)
        async with desk.db.write() as conn:
            await deadlines.set_due(conn, await read(desk, number), Due(desk.now + away, "next_action"))
        assert (await desk.row(number)).card_stale == is_renewed


async def test_a_lease_is_over_at_its_instant_but_for_who_waits_for_a_call(desk: Cases) -> None:
    began = desk.now
    idle, called, to_be_called = await desk.claimed(), await desk.claimed(), await desk.claimed()
    await put(desk, called, call_at=began + HOUR)
    await put(desk, to_be_called, call_at=began + HOUR + MOMENT)
    async with desk.db.write() as conn:
        assert await deadlines.idle(conn, began - MOMENT, began + HOUR) == []
        found = await deadlines.idle(conn, began, began + HOUR)
        assert [(held.case.case_id, held.owner_id, held.idle_since) for held in found] == [
            (idle, MEI, began),
            (called, MEI, began),
        ]


async def test_cases_of_who_is_away_go_back_at_the_instant_and_what_rests_stays(desk: Cases) -> None:
    gone = desk.now
    number, resting = await desk.claimed(), await desk.claimed()
    await desk.snoozed(resting, days=1)
    await assignment.go_away(desk.db, await desk.agent(MEI), gone)
    async with desk.db.write() as conn:
        assert await deadlines.held_by_absent(conn, gone - MOMENT) == []
        assert [held.case.case_id for held in await deadlines.held_by_absent(conn, gone)] == [number]


async def test_a_rest_is_over_at_its_instant(desk: Cases) -> None:
    number, until = await desk.claimed(), desk.now + timedelta(days=1)
    await desk.snoozed(number, days=1)
    async with desk.db.write() as conn:
        assert await deadlines.snoozed_until(conn, until - MOMENT) == []
        assert numbers(await deadlines.snoozed_until(conn, until)) == [number]


async def test_what_is_kept_for_somebody_is_for_all_from_its_deadline_on(desk: Cases) -> None:
    kept, at = await desk.kept_for(MEI), desk.now + HOUR
    await put(desk, kept, due_at=at, due_kind="next_action")
    async with desk.db.write() as conn:
        assert await deadlines.release_kept(conn, at - MOMENT) == 0
        assert await deadlines.release_kept(conn, at) == 1
    assert (await desk.row(kept)).for_agent is None


async def test_agents_cases_are_listed_by_what_is_due_first_and_those_that_rest_by_the_end_of_it(desk: Cases) -> None:
    resting, late, soon = [await due(desk, desk.now + n * HOUR, by) for n, by in ((1, MEI), (3, BOB), (2, MEI))]
    await put(desk, resting, snoozed_until=desk.now + 4 * HOUR)
    async with desk.db.read() as conn:
        assert numbers(await queue.claimed(conn, 9)) == [soon, late, resting]
        assert numbers(await queue.claimed(conn, 9, of=MEI)) == [soon, resting]
        assert numbers(await queue.claimed(conn, 9, except_of=MEI)) == [late]
        assert numbers(await queue.claimed(conn, 1)) == [soon]


async def test_of_two_that_are_as_urgent_the_one_that_came_first_is_in_front(desk: Cases) -> None:
    first, second = await desk.opened(), await desk.opened()
    async with desk.db.read() as conn:
        assert numbers(await queue.queue(conn, 9)) == [first, second]
        assert numbers(await queue.queue(conn, 1)) == [first]


async def test_an_agreed_call_is_due_from_its_instant_on(desk: Cases) -> None:
    number, at = await desk.claimed(), desk.now + HOUR
    async with desk.db.write() as conn:
        await case_agreements.set_call(conn, number, at)
        assert await case_agreements.calls_until(conn, at - MOMENT) == []
        assert numbers(await case_agreements.calls_until(conn, at)) == [number]
