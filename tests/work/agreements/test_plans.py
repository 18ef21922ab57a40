"""Payment plans, judged in sets on either database: kept, missed, and never answered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.rules.agreements import instalment_plans as rules
from bot.work.agreements import instalment_plans
from bot.work.cases import casework
from bot.work.guarantee.guard import audit
from storage.agreements import instalment_plans as agreements_instalment_plans
from storage.runtime.engine import Database
from storage.schema import holds
from tests.work.agreements.agreed import MEI, POLICY, case_of, ends, events, outcomes, pays, plan

pytestmark = pytest.mark.postgresql_one_in(3)


async def agree(db: Database, clock: ManualClock, words: str = "3 2026-03-10 every week") -> int:
    case = await case_of(db)
    assert case is not None
    proposed = await instalment_plans.propose(db, case, MEI, words, clock.now())
    assert isinstance(proposed, instalment_plans.Proposed), proposed
    plan_id = proposed.plan.plan_id
    done = await instalment_plans.decide(db, POLICY.desk, "C1", plan_id, True, clock.now())
    assert done.result == "agreed"
    return plan_id


async def state(db: Database, plan_id: int) -> str:
    async with db.read() as conn:
        found = await agreements_instalment_plans.plan(conn, plan_id)
    assert found is not None
    return found.state


async def test_a_plan_is_about_what_is_overdue_and_nothing_else_rests(wallet: Database, clock: ManualClock) -> None:
    await agree(wallet, clock)
    async with wallet.read() as conn:
        rows = (await conn.execute(select(holds).order_by(holds.c.hold_id))).all()
    assert [(row.kind, row.instalment_id, row.amount) for row in rows] == [("plan", "I1", 120000), ("hold", "I2", None)]


async def test_a_plan_that_is_paid_in_time_is_kept_and_closes_the_case(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    plan_id = await agree(wallet, clock)
    for number, on in enumerate((10, 17, 24)):
        clock.set(clock.now().replace(day=on))
        await pays(wallet, clock, tmp_path, f"P{number},I{1 if number < 2 else 2},2026-03-{on},400.00")
        if number < 2:
            await plan(wallet, clock)
            assert await state(wallet, plan_id) == "agreed"
    await pays(wallet, clock, tmp_path, "P9,I1,2026-03-24,200.00")
    await plan(wallet, clock)
    assert await state(wallet, plan_id) == "kept"
    assert await outcomes(wallet) == [("closed", "plan", "overdue")]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_missed_part_breaks_the_plan_the_day_after(wallet: Database, clock: ManualClock) -> None:
    plan_id = await agree(wallet, clock)
    clock.set(clock.now().replace(day=10))
    await plan(wallet, clock)
    assert await state(wallet, plan_id) == "agreed"
    clock.set(clock.now().replace(day=11))
    await plan(wallet, clock)
    assert await state(wallet, plan_id) == "broken"
    assert await ends(wallet, "plan") == ["broken"]
    assert await ends(wallet, "hold") == ["over"]  # one broken word, whatever number of instalments it is about
    assert "plan_broken" in await events(wallet)


async def test_what_is_paid_on_something_else_is_not_paid_on_the_plan(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    plan_id = await agree(wallet, clock)
    await pays(wallet, clock, tmp_path, "P1,I3,2026-03-02,50.00")
    clock.set(clock.now().replace(day=11))
    await plan(wallet, clock)
    assert await state(wallet, plan_id) == "broken"


async def test_what_was_paid_between_proposal_and_answer_counts(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    case = await case_of(wallet)
    assert case is not None
    proposed = await instalment_plans.propose(wallet, case, MEI, "3 2026-03-10 every week", clock.now())
    assert isinstance(proposed, instalment_plans.Proposed)
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,400.00")
    await instalment_plans.decide(wallet, POLICY.desk, "C1", proposed.plan.plan_id, True, clock.now())
    clock.set(clock.now().replace(day=11))
    await plan(wallet, clock)
    assert await state(wallet, proposed.plan.plan_id) == "agreed"


async def test_a_plan_while_it_is_kept_is_on_hold(wallet: Database, clock: ManualClock) -> None:
    await agree(wallet, clock)
    case = await case_of(wallet)
    assert case is not None
    await casework.close(wallet, case, MEI, "plan", clock.now())
    counts = (await audit(wallet, POLICY, ("telegram",), clock.now())).counts
    assert (counts["on_hold"], counts["silent"], counts["in_queue"]) == (1, 0, 0)


async def test_a_proposal_that_nobody_answers_for_a_week_is_no_more(wallet: Database, clock: ManualClock) -> None:
    case = await case_of(wallet)
    assert case is not None
    proposed = await instalment_plans.propose(wallet, case, MEI, "3", clock.now())
    assert isinstance(proposed, instalment_plans.Proposed)
    clock.move(timedelta(days=7))
    late = await instalment_plans.decide(wallet, POLICY.desk, "C1", proposed.plan.plan_id, True, clock.now())
    assert late.result == "gone"
    await plan(wallet, clock)
    assert await state(wallet, proposed.plan.plan_id) == "withdrawn"
    assert "plan_unanswered" in await events(wallet)


@pytest.mark.postgresql_one_in(2)
@pytest.mark.parametrize("seed", range(6))
async def test_the_sets_judge_a_plan_as_the_rule_does(
    wallet: Database, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    plan_id = await agree(wallet, clock, random.choice(("3 2026-03-10 every week", "5 2026-03-08 every week", "2")))
    async with wallet.read() as conn:
        agreed = await agreements_instalment_plans.plan(conn, plan_id)
    assert agreed is not None
    paid, tolerance = 0, random.choice(("0", "0.05", "0.33"))
    for step in range(8):
        clock.move(timedelta(days=random.randint(1, 9)))
        amount = min(random.choice((0, 0, 20_000, 39_000, 41_000)), 100_000 - paid)
        if amount:
            paid += amount
            await pays(wallet, clock, tmp_path, f"P{step},I1,{clock.now():%Y-%m-%d},{amount / 100:.2f}")
        await plan(wallet, clock, tolerance)
        today, ppm = clock.now().date(), rules.parts_per_million(Decimal(tolerance))
        expected = rules.judged(agreed.parts, paid, 120_000 - paid, 0, today, ppm)
        assert await state(wallet, plan_id) == {"running": "agreed"}.get(expected, expected), (seed, step, paid)
        if expected != "running":
            return
