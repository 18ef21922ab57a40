"""Whose case it is while time passes: leases, being away, and what comes back to somebody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.work.cases import assignment, casework
from tests.work.cases.kept_cases import BOB, MEI, OFFICE, Cases

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_an_idle_case_goes_back_and_its_agent_is_told(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.pass_time(minutes=59)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.state, row.owner_id) == ("waiting", None)
    assert "lease_over" in await desk.history(number)
    assert await desk.words_kept() == [f"tell.{MEI}.{number}.lease_over"]


async def test_work_renews_the_lease(desk: Cases) -> None:
    number = await desk.claimed()
    for _ in range(5):
        await desk.pass_time(minutes=50)
        await desk.answered(number)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=60)
    assert await desk.owner(number) is None


async def test_a_lease_does_not_run_out_while_the_desk_is_closed(desk: Cases) -> None:
    desk.desk = OFFICE
    desk.clock.set(datetime(2026, 3, 6, 9, 30, tzinfo=UTC))  # Friday, 17:30 in Taipei
    number = await desk.claimed()
    await desk.pass_time(days=2, hours=15, minutes=29)  # Monday, 8:59
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=30)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    assert await desk.owner(number) is None


async def test_a_snoozed_case_has_no_lease(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.snoozed(number, days=3)
    await desk.pass_time(days=2)
    assert await desk.owner(number) == MEI


async def test_returning_keeps_how_long_the_customer_waits(desk: Cases) -> None:
    number = await desk.claimed()
    asked_at = desk.now
    await desk.pass_time(hours=1)
    assert (await desk.row(number)).waits_since == asked_at


async def test_cases_of_who_is_away_go_back_after_a_while(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=29)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    assert await desk.owner(number) is None
    assert "away_over" in await desk.history(number)


async def test_what_is_done_while_away_counts_as_being_there_for_it(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=20)
    await desk.answered(number)
    await desk.pass_time(minutes=29)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    assert await desk.owner(number) is None


async def test_who_is_back_in_time_keeps_them(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=29)
    shift = await assignment.come_back(desk.db, await desk.agent(MEI), desk.now)
    assert (shift.already, shift.held) == (False, 1)
    await desk.pass_time(minutes=10)
    assert await desk.owner(number) == MEI


async def test_going_away_twice_counts_from_the_first_time(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=20)
    assert (await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)).already
    await desk.pass_time(minutes=10)
    assert await desk.owner(number) is None


async def test_cases_of_a_removed_agent_go_back_at_once(desk: Cases) -> None:
    number, resting = await desk.claimed(), await desk.claimed()
    await desk.snoozed(resting, days=3)
    await casework.remove_agent(desk.db, MEI, desk.now)
    assert [await desk.owner(number), await desk.owner(resting)] == [None, None]
    assert (await desk.row(resting)).snoozed_until is not None


async def test_what_comes_back_to_somebody_is_theirs_first(desk: Cases) -> None:
    older = await desk.opened()
    await desk.pass_time(minutes=5)
    kept = await desk.kept_for(MEI)
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == older
    assert await casework.claim_next(desk.db, await desk.agent(BOB), desk.now) is None
    given = await casework.claim_next(desk.db, await desk.agent(MEI), desk.now)
    assert given is not None and given.case_id == kept


async def test_what_comes_back_to_somebody_is_for_all_once_they_are_away(desk: Cases) -> None:
    kept = await desk.kept_for(MEI)
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == kept


async def test_what_comes_back_to_somebody_is_for_all_once_it_is_late(desk: Cases) -> None:
    kept = await desk.kept_for(MEI)
    await desk.pass_time(hours=2)
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == kept
