"""Plans that customers make by themselves, as rows of either database: answers, presses at once, parts to come."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select, update

from bot.clock import ManualClock
from bot.rules.facts.money import Money
from bot.work.agreements import asked_plans, own_plans
from bot.work.agreements.own_plans import Current, Made, Pressed
from bot.work.agreements.plan_states import Choice
from bot.work.facts.forgetting import forget
from storage.agreements import plan_answers
from storage.facts.personal_copies import copy_of
from storage.runtime.engine import Database
from storage.schema import holds, notices, part_notices, plans
from storage.schema import plan_answers as answers_table
from tests.work.agreements.agreed import MEI, POLICY, case_of, events, pays, plan


async def choose(db: Database, clock: ManualClock, amount: int = 40_000, payday: int = 31) -> Choice:
    """The plans that fit an amount in TWD a month."""
    now = clock.now()
    await own_plans.answer(db, POLICY, "C1", Pressed(every="month", amount=amount, currency="TWD"), now)
    shown = await own_plans.answer(db, POLICY, "C1", Pressed(every="month", payday=payday), now)
    assert isinstance(shown, Choice), shown
    return shown


async def states(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(select(plans.c.state).order_by(plans.c.plan_id))).scalars())


async def test_words_whose_update_is_handled_again_answer_no_second_question(
    wallet: Database, clock: ManualClock
) -> None:
    now = clock.now()
    await own_plans.answer(wallet, POLICY, "C1", Pressed(every="month", currency="TWD"), now)
    for update_id, step in ((7, "payday"), (7, "payday"), (8, None)):  # 28 is a sum, and could be a payday
        asked = await own_plans.say(wallet, POLICY, "C1", "28", now, said_in=update_id)
        assert getattr(asked, "step", None) == step


async def test_a_plan_made_alone_rests_the_case_and_each_debt(wallet: Database, clock: ManualClock) -> None:
    shown = await choose(wallet, clock)
    made = await own_plans.take(wallet, POLICY, "C1", shown.offers[0].key, clock.now())
    assert isinstance(made, Made) and made.plan.state == "agreed"
    async with wallet.read() as conn:
        rows = (await conn.execute(select(holds).order_by(holds.c.hold_id))).all()
    assert [(r.kind, r.instalment_id, r.amount, r.set_by) for r in rows] == [
        ("plan", "I1", 120_000, None),
        ("hold", "I2", None, None),
    ]
    case = await case_of(wallet)
    assert case is not None and case.snoozed_until is not None and case.snoozed_until.date() == date(2026, 5, 31)
    assert "plan_agreed" in await events(wallet)


async def test_two_presses_at_once_make_one_plan(wallet: Database, clock: ManualClock) -> None:
    shown = await choose(wallet, clock)
    presses = (own_plans.take(wallet, POLICY, "C1", offer.key, clock.now()) for offer in shown.offers[:2] * 2)
    done = await asyncio.gather(*presses)
    assert sum(isinstance(each, Made) for each in done) == 1
    assert sum(isinstance(each, Current) for each in done) == 3
    assert await states(wallet) == ["agreed"]


async def test_a_plan_that_an_agent_agrees_takes_the_place_of_the_one_before(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    shown = await choose(wallet, clock)
    await own_plans.take(wallet, POLICY, "C1", shown.offers[0].key, clock.now())
    await own_plans.answer(wallet, POLICY, "C1", Pressed(from_start=True), clock.now())
    longer = await choose(wallet, clock, 12_000)
    assert longer.again and longer.offers[0].needs_person
    asked = await own_plans.take(wallet, POLICY, "C1", longer.offers[0].key, clock.now(), again=True)
    assert isinstance(asked, Made) and asked.plan.state == "asked"
    assert await states(wallet) == ["agreed", "asked"]
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,100.00")  # what comes in meanwhile is paid for it
    case = await case_of(wallet)
    assert case is not None
    done = await asked_plans.settle(wallet, POLICY.desk, case, MEI, asked.plan.plan_id, True, clock.now())
    assert isinstance(done, asked_plans.Settled) and done.result == "granted"
    assert await states(wallet) == ["replaced", "agreed"]
    current = await own_plans.show(wallet, POLICY, "C1", clock.now())
    assert isinstance(current, Current) and current.plan.paid.amount == 10_000


async def test_a_part_is_planned_once_for_each_of_its_days(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    shown = await choose(wallet, clock)
    await own_plans.take(wallet, POLICY, "C1", shown.offers[0].key, clock.now())

    async def told() -> list[tuple[int, int, str]]:
        await plan(wallet, clock)
        await plan(wallet, clock)
        query = select(part_notices.c.part, part_notices.c.step, notices.c.state)
        query = query.join(notices, notices.c.notice_id == part_notices.c.notice_id).order_by(part_notices.c.notice_id)
        async with wallet.read() as conn:
            return [tuple(row) for row in (await conn.execute(query)).all()]

    clock.set(clock.now().replace(day=27))
    assert await told() == []
    clock.set(clock.now().replace(day=28))
    assert await told() == [(1, -3, "planned")]
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-28,400.00")
    async with wallet.write() as conn:
        await conn.execute(update(notices).values(state="accepted", ended_at=clock.now()))
    clock.move(timedelta(days=10))
    assert [(part, step) for part, step, _ in await told()] == [(1, -3)]
    clock.set(clock.now().replace(day=30))
    assert [(part, step) for part, step, _ in await told()] == [(1, -3), (2, 0)]


async def test_answers_go_with_what_they_were_for(wallet: Database, clock: ManualClock) -> None:
    shown = await choose(wallet, clock)
    made = await own_plans.take(wallet, POLICY, "C1", shown.offers[0].key, clock.now())
    assert isinstance(made, Made)
    clock.move(timedelta(days=20))
    async with wallet.write() as conn:
        assert await plan_answers.drop_unneeded(conn, clock.now()) == 0
        (copied,) = (await copy_of(conn, "C1"))["what_you_can_put_aside"]
        assert (copied["every"], copied["amount"], copied["payday"]) == ("month", Money(40_000, "TWD"), 31)
    await forget(wallet, "C1", clock.now())
    async with wallet.read() as conn:
        assert (await conn.execute(select(answers_table))).all() == []
