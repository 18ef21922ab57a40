"""Promises of a sum, judged in sets on either database: kept, broken, and within the tolerance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.rules.agreements import instalment_plans as rules
from bot.rules.agreements.promises import is_kept
from bot.work.agreements import agent_agreements, promises
from bot.work.cases import casework
from storage.cases import assignment, cases_opening, snoozes
from storage.runtime.engine import Database
from storage.schema import holds
from tests.work.agreements.agreed import MEI, POLICY, case_of, ends, events, outcomes, pays, plan, promise

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_a_promise_of_a_part_is_kept_and_the_rest_is_told(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await promise(wallet, clock, "500 friday")
    clock.move(timedelta(days=1))
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-03,500.00")
    await plan(wallet, clock)
    assert await ends(wallet) == ["kept"]
    case = await case_of(wallet)
    assert case is not None
    assert (case.owner_id, case.snoozed_until) == (MEI.telegram_id, None)
    assert "promise_kept" in await events(wallet)


async def test_a_promise_of_all_that_is_overdue_closes_the_case(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await promise(wallet, clock, "all friday")
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,1000.00", "P2,I2,2026-03-02,200.00")
    await plan(wallet, clock)
    assert await outcomes(wallet) == [("closed", "promised", "overdue")]


async def test_a_part_payment_is_not_a_kept_promise(wallet: Database, clock: ManualClock, tmp_path: Path) -> None:
    await promise(wallet, clock, "500 friday")
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,499.99")
    await plan(wallet, clock)
    assert await ends(wallet) == [None]
    assert "came_in" in await events(wallet)


async def test_what_was_paid_before_the_promise_does_not_count(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,500.00")
    await promise(wallet, clock, "500 friday")
    await plan(wallet, clock)
    assert await ends(wallet) == [None]


@pytest.mark.parametrize(
    ("tolerance", "paid", "end"), [("0", "475.00", "broken"), ("0.05", "475.00", "kept"), ("0.05", "474.99", "broken")]
)
async def test_what_the_policy_tolerates_may_be_missing_when_the_day_is_over(
    wallet: Database, clock: ManualClock, tmp_path: Path, tolerance: str, paid: str, end: str
) -> None:
    await promise(wallet, clock, "500 friday")
    await pays(wallet, clock, tmp_path, f"P1,I1,2026-03-02,{paid}")
    clock.move(timedelta(days=4))
    await plan(wallet, clock, tolerance)
    assert await ends(wallet) == [None]  # the day is not over
    clock.move(timedelta(days=1))
    await plan(wallet, clock, tolerance)
    assert await ends(wallet) == [end]


async def test_a_payment_on_its_way_has_the_days_that_the_policy_gives(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await promise(wallet, clock, "500 tomorrow")
    clock.move(timedelta(days=3))
    await plan(wallet, clock, days=2)
    assert await ends(wallet) == [None]
    clock.move(timedelta(days=1))
    await plan(wallet, clock, days=2)
    assert await ends(wallet) == ["broken"]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_kept_promise_within_the_tolerance_closes_the_case_and_the_little_rest_rests(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await promise(wallet, clock, "1200 friday")
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,1000.00", "P2,I2,2026-03-02,195.00")
    clock.move(timedelta(days=5))
    await plan(wallet, clock, "0.05")
    await plan(wallet, clock, "0.05")
    assert await outcomes(wallet) == [("closed", "promised", "overdue")]


async def test_a_broken_promise_wakes_the_case_of_who_has_it(wallet: Database, clock: ManualClock) -> None:
    await promise(wallet, clock, "500 tomorrow")
    case = await case_of(wallet)
    assert case is not None and case.snoozed_until is not None
    clock.move(timedelta(days=2))
    await plan(wallet, clock)
    case = await case_of(wallet)
    assert case is not None
    assert (case.owner_id, case.snoozed_until, case.reason) == (MEI.telegram_id, None, "overdue")
    assert case.due_at is not None and case.due_at > clock.now()


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_promise_broken_after_the_case_was_closed_comes_back_to_who_agreed_it(
    wallet: Database, clock: ManualClock
) -> None:
    await promise(wallet, clock, "500 tomorrow")
    case = await case_of(wallet)
    assert case is not None
    closed = await casework.close(wallet, case, MEI, "promised", clock.now())
    assert isinstance(closed, casework.Closed) and closed.rests_until == date(2026, 3, 3)  # as it was agreed
    clock.move(timedelta(days=2))
    await plan(wallet, clock)
    again = await case_of(wallet)
    assert again is not None
    assert (again.reason, again.for_agent) == ("broken_promise", MEI.telegram_id)


async def test_a_promise_is_the_outcome_of_the_case_it_was_agreed_in_only(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """What was agreed in one case says nothing of what the next one is about."""
    await asks_again(wallet, clock)
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,1000.00", "P2,I2,2026-03-02,200.00")
    await plan(wallet, clock)
    assert await ends(wallet) == ["kept"]
    assert await outcomes(wallet) == [("closed", "promised", "overdue"), ("closed", "paid", "asked")]


async def test_it_does_not_wake_the_other_case_either(wallet: Database, clock: ManualClock, tmp_path: Path) -> None:
    case_id = await asks_again(wallet, clock, promised="500 friday")
    until = clock.now() + timedelta(days=9)
    async with wallet.write() as conn:
        assert await snoozes.snooze(conn, case_id, until, MEI.telegram_id, clock.now())
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,500.00")
    await plan(wallet, clock)
    assert await ends(wallet) == ["kept"]
    case = await case_of(wallet)
    assert case is not None and case.snoozed_until == until
    assert "promise_kept" in await events(wallet)


async def asks_again(db: Database, clock: ManualClock, promised: str = "all friday") -> int:
    """The case is closed on a promise, and Anna asks for a person again, whom Mei is; gives the new case's number."""
    await promise(db, clock, promised)
    case = await case_of(db)
    assert case is not None
    await casework.close(db, case, MEI, "promised", clock.now())
    async with db.write() as conn:
        case_id, _ = await cases_opening.open_asked(conn, "C1", clock.now().date(), clock.now())
        assert await assignment.claim(conn, case_id, MEI.telegram_id, clock.now())
    return case_id


@pytest.mark.parametrize(
    ("outcome", "kind", "days"),
    [
        *(("paid", "hold", 3), ("promised", "promise", 7), ("plan", "plan", 30), ("dispute", "dispute", 30)),
        *(("hardship", "hold", 30), ("unreachable", "hold", 3), ("wrong_person", "hold", 3), ("other", "hold", 7)),
    ],
)
async def test_what_is_overdue_rests_for_days_that_the_outcome_says(
    wallet: Database, clock: ManualClock, outcome: str, kind: str, days: int
) -> None:
    case, today = await case_of(wallet), date(2026, 3, 2)
    assert case is not None
    closed = await casework.close(wallet, case, MEI, outcome, clock.now())
    assert closed is not None and closed.rests_until == today + timedelta(days=days)
    async with wallet.read() as conn:
        rows = (await conn.execute(select(holds).where(holds.c.ended_at.is_(None)))).all()
    assert [(row.kind, row.until) for row in rows] == [(kind, today + timedelta(days=days))]


async def test_the_same_promise_twice_is_one(wallet: Database, clock: ManualClock, tmp_path: Path) -> None:
    await promise(wallet, clock, "500 friday")
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,300.00")
    await promise(wallet, clock, "500.00 2026-03-06")
    assert await ends(wallet) == [None]
    await pays(wallet, clock, tmp_path, "P2,I1,2026-03-02,200.00")
    await plan(wallet, clock)
    assert await ends(wallet) == ["kept"]


async def test_a_promise_that_the_customer_moves_rests_as_long_as_an_agreed_one(
    wallet: Database, clock: ManualClock
) -> None:
    desk, case = replace(POLICY.desk, promise_days=2), await case_of(wallet)
    assert case is not None
    await agent_agreements.promise(wallet, desk, case, MEI, "500 friday", clock.now())
    agreed = await case_of(wallet)
    await promises.promise(wallet, desk, "C1", date(2026, 3, 9), clock.now())
    moved = await case_of(wallet)
    assert agreed is not None and agreed.snoozed_until is not None and moved is not None
    assert moved.snoozed_until == agreed.snoozed_until + timedelta(days=3)


@pytest.mark.parametrize("answered", [True, False])
async def test_moving_it_lets_a_case_rest_again_unless_the_customer_waits_for_an_answer(
    wallet: Database, clock: ManualClock, answered: bool
) -> None:
    agreed = (await promise(wallet, clock, "500 friday")).case
    async with wallet.write() as conn:
        await snoozes.customer_waits(conn, agreed.case_id, clock.now())
        await assignment.worked(conn, agreed.case_id, clock.now(), answered=answered)
    await promises.promise(wallet, POLICY.desk, "C1", date(2026, 3, 9), clock.now())
    moved = await case_of(wallet)
    assert moved is not None
    assert (moved.snoozed_until is not None) is answered


@pytest.mark.postgresql_one_in(2)
@pytest.mark.parametrize("seed", range(6))
async def test_the_sets_judge_a_promise_as_the_rule_does(
    wallet: Database, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    amount, tolerance = random.choice((10_000, 33_333, 99_999)), random.choice(("0", "0.05", "0.333333"))
    done = await promise(wallet, clock, f"{amount / 100:.2f} friday")
    paid = random.choice((0, amount // 2, amount * 2 // 3, amount * 95 // 100, amount - 1, amount))
    if paid:
        await pays(wallet, clock, tmp_path, f"P1,I1,2026-03-02,{paid / 100:.2f}")
    ppm = rules.parts_per_million(Decimal(tolerance))
    for day in (date(2026, 3, 5), done.until, done.until + timedelta(days=1)):
        clock.set(clock.now().replace(day=day.day))
        await plan(wallet, clock, tolerance)
        kept = is_kept(amount, paid, day > done.until, ppm)
        assert await ends(wallet) == ["kept" if kept else "broken" if day > done.until else None]
        if kept:
            return
