"""By when something is due in a case, and when it rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.policies import load_policy
from bot.rules.cases.working_time import later_by
from bot.work.agreements import callbacks
from bot.work.cases import assignment, bulk_changes, desk_upkeep
from bot.work.cases.case_cards import read_card
from storage.agreements import case_agreements
from storage.cases import cases, deadlines, snoozes
from storage.cases.agents import Agent
from storage.cases.assignment import release, worked
from tests.work.cases.kept_cases import MEI, OFFICE, SUE, Cases

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_a_first_answer_is_due_from_the_customers_first_words(desk: Cases) -> None:
    number, asked_at = await desk.opened(), desk.now
    await desk.pass_time(minutes=30)
    await desk.customer_writes(number)
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("first_answer", asked_at + timedelta(hours=2))


async def test_an_answer_makes_the_next_step_due(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.pass_time(minutes=30)
    await desk.answered(number)
    answered_at = desk.now
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("next_action", answered_at + timedelta(hours=24))


async def test_a_note_is_no_answer(desk: Cases) -> None:
    number, asked_at = await desk.claimed(), desk.now
    await desk.pass_time(minutes=30)
    async with desk.db.write() as conn:
        await worked(conn, number, desk.now)
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("first_answer", asked_at + timedelta(hours=2))


async def test_words_after_an_answer_wait_for_one_again(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.pass_time(minutes=30)
    await desk.customer_writes(number)
    wrote_at = desk.now
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("first_answer", wrote_at + timedelta(hours=2))


async def test_due_dates_are_told_in_working_time(desk: Cases) -> None:
    desk.desk = OFFICE
    desk.clock.set(datetime(2026, 3, 6, 9, 30, tzinfo=UTC))  # Friday, 17:30 in Taipei
    number, monday = await desk.opened(), datetime(2026, 3, 9, 2, 30, tzinfo=UTC)  # 10:30
    async with desk.db.read() as conn:
        opened = await cases.case(conn, number)
    assert opened is not None
    card = await read_card(desk.db, opened, desk.now, replace(load_policy("humane"), desk=OFFICE))
    assert (card.case.due_kind, card.case.due_at) == ("first_answer", monday)  # at once, before a round computes it
    async with desk.db.read() as conn:
        assert await deadlines.late_count(conn, desk.now + timedelta(seconds=1)) == 0
    await desk.pass_time(minutes=1)
    assert (await desk.row(number)).due_at == monday
    async with desk.db.read() as conn:
        assert await deadlines.late_count(conn, monday + timedelta(seconds=1)) == 1


async def test_a_rest_ends_with_its_owner(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.snoozed(number, days=3)
    ends = desk.now + timedelta(days=3)
    await desk.pass_time(days=3)
    row = await desk.row(number)
    assert (row.owner_id, row.snoozed_until) == (MEI, None)
    assert row.due_at == later_by(desk.desk, ends, timedelta(hours=2))
    assert await desk.words_kept() == [f"tell.{MEI}.{number}.snooze_over"]


async def test_a_rest_ends_in_the_queue_while_its_owner_is_away(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.snoozed(number, days=3)
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(days=2)
    assert await desk.owner(number) == MEI
    await desk.pass_time(days=1)
    assert (await desk.row(number)).state == "waiting"
    assert await desk.words_kept() == []


async def test_the_customers_words_end_a_rest(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.snoozed(number, days=3)
    await desk.pass_time(hours=5)
    await desk.customer_writes(number)
    row = await desk.row(number)
    assert (row.owner_id, row.snoozed_until, row.waits_since) == (MEI, None, desk.now)
    assert await desk.words_kept() == [f"tell.{MEI}.{number}.woken"]
    await desk.pass_time(minutes=30)
    assert await desk.owner(number) == MEI  # the lease begins again


async def test_a_deadline_is_not_past_when_a_case_comes_into_other_hands_or_rests_no_more(desk: Cases) -> None:
    """Cases in which nobody waits, long after their last work."""
    sue = Agent(SUE, "Sue", (), "supervisor")
    released, moved, woken, call = [await desk.claimed() for _ in range(4)]
    for number in (released, moved, woken, call):
        await desk.answered(number)
    await desk.snoozed(woken, days=9)
    async with desk.db.write() as conn:
        await case_agreements.set_call(conn, call, desk.now + timedelta(days=5))
    await desk.pass_time(minutes=1)
    desk.clock.move(timedelta(days=4))
    async with desk.db.write() as conn:
        assert await release(conn, released, MEI, desk.now)
        assert await snoozes.snooze_off(conn, woken, MEI, desk.now)
    await bulk_changes.ask(desk.db, sue, "release Mei", 1, "UTC", desk.now)
    await bulk_changes.press(desk.db, SUE, 1, agreed=True, zone="UTC", now=desk.now)
    assert await callbacks.cancel(desk.db, (await desk.row(call)).customer_id, desk.now)
    await desk_upkeep.set_due_dates(desk.db, desk.desk, desk.now)
    for number in (released, moved, woken, call):
        row = await desk.row(number)
        assert row.due_at > desk.now, number


async def test_a_customer_who_waits_has_waited_also_in_other_hands(desk: Cases) -> None:
    number, asked_at = await desk.claimed(), desk.now
    await desk.pass_time(hours=3)
    async with desk.db.write() as conn:
        await release(conn, number, MEI, desk.now)
    await desk.pass_time(minutes=1)
    assert (await desk.row(number)).due_at == asked_at + timedelta(hours=2)


async def test_a_rest_that_ended_while_nothing_ran_leaves_time_for_the_next_step(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.snoozed(number, days=3)
    await desk.pass_time(days=5)
    row = await desk.row(number)
    assert (row.snoozed_until, row.due_kind, row.due_at > desk.now) == (None, "next_action", True)
