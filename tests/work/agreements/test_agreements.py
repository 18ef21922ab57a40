"""Promises of an amount and plans, judged in sets on both databases: kept, broken, and within the tolerance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.agreements import instalment_plans as rules
from bot.rules.agreements.promises import is_kept
from bot.rules.cases.case import Case
from bot.work.agreements import agent_agreements, instalment_plans, promises
from bot.work.agreements.agent_agreements import Agreed
from bot.work.cases import casework
from bot.work.guarantee.guard import audit
from bot.work.policy.policies import PolicyBook
from bot.work.runtime import planning_round
from storage.agreements import instalment_plans as agreements_instalment_plans
from storage.cases import cases_opening, queue
from storage.cases.agents import Agent, add_agent
from storage.cases.cases import open_case_of
from storage.customers.people import start_link
from storage.runtime.engine import Database
from storage.schema import case_events, cases, holds
from tests.work.facts.wallets import take, write, write_wallet

INSTALMENTS = (
    "instalment_id,account_id,due_date,amount_due,amount_paid\n"
    "I1,A1,2026-02-24,1000.00,0\nI2,A1,2026-02-25,200.00,0\nI3,A1,2026-06-08,50.00,0\n"
)
MEI = Agent(3001, "Mei", ("en",), "agent")
POLICY = load_policy("humane")


@pytest.fixture
async def wallet(db: Database, clock: ManualClock, tmp_path: Path) -> Database:
    """Anna owes 1,000.00 and 200.00 for some days, and 50.00 in June; Mei has her case."""
    assert (await take(db, clock.now(), write_wallet(tmp_path / "wallet", instalments=INSTALMENTS))).ok
    async with db.write() as conn:
        await add_agent(conn, MEI, clock.now())
        await start_link(conn, "C1", 1001, "payload", clock.now())
    await plan(db, clock)
    await casework.claim_next(db, MEI, clock.now())
    return db


async def plan(db: Database, clock: ManualClock, tolerance: str = "0", days: int = 0) -> None:
    desk = replace(POLICY.desk, promise_tolerance=Decimal(tolerance), promise_days=days)
    await planning_round.plan(db, PolicyBook(replace(POLICY, desk=desk)), clock.now())


async def pays(db: Database, clock: ManualClock, folder: Path, *payments: str) -> None:
    rows = "".join(f"{row}\n" for row in payments)
    written = write(folder / f"paid{clock.now():%j%H%M}", payments=f"payment_id,instalment_id,paid_on,amount\n{rows}")
    assert (await take(db, clock.now(), written)).ok


async def case_of(db: Database) -> Case | None:
    async with db.read() as conn:
        return await open_case_of(conn, "C1")


async def promise(db: Database, clock: ManualClock, words: str) -> Agreed:
    case = await case_of(db)
    assert case is not None
    done = await agent_agreements.promise(db, POLICY.desk, case, MEI, words, clock.now())
    assert isinstance(done, Agreed), done
    return done


async def ends(db: Database, kind: str = "promise") -> list[str | None]:
    async with db.read() as conn:
        query = select(holds.c.ended_why).where(holds.c.kind == kind).order_by(holds.c.hold_id)
        return list((await conn.execute(query)).scalars())


async def events(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(select(case_events.c.kind).order_by(case_events.c.event_id))).scalars())


async def outcomes(db: Database) -> list[tuple[str, str | None, str]]:
    async with db.read() as conn:
        rows = (await conn.execute(select(cases).order_by(cases.c.case_id))).all()
    return [(row.state, row.outcome, row.reason) for row in rows]


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
        assert await queue.snooze(conn, case_id, until, MEI.telegram_id, clock.now())
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
        assert await queue.claim(conn, case_id, MEI.telegram_id, clock.now())
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
        await queue.customer_waits(conn, agreed.case_id, clock.now())
        await queue.worked(conn, agreed.case_id, clock.now(), answered=answered)
    await promises.promise(wallet, POLICY.desk, "C1", date(2026, 3, 9), clock.now())
    moved = await case_of(wallet)
    assert moved is not None
    assert (moved.snoozed_until is not None) is answered


# --- Plans -----------------------------------------------------------------------------------------------------------


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


# --- The sets and the rule -------------------------------------------------------------------------------------------


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
