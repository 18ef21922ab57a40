"""A debt that the wallet calls disputed is on hold for thirty days; if it is still disputed then, a case opens."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.work.guarantee.guard import audit
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import plan
from storage.agreements.holds import Hold, set_hold
from storage.runtime.engine import Database
from storage.schema import cases, holds, instalments
from tests.work.lives import ANNA, customer, owes

pytestmark = pytest.mark.postgresql_one_in(3)

HUMANE = load_policy("humane")
YESTERDAY = date(2026, 3, 1)


@pytest.fixture
async def disputed(db: Database, clock: ManualClock) -> Database:
    """Anna's instalment was due yesterday, and the wallet says that it is disputed."""
    await customer(db, clock.now())
    await owes(db, clock.now(), YESTERDAY, status="disputed")
    return db


async def days_pass(db: Database, clock: ManualClock, days: int) -> None:
    """A round of planning now and at later noons: of all these days the first two, the last two, and every fifth."""
    for day in range(days):
        if day < 2 or day >= days - 2 or day % 5 == 0:
            await plan(db, PolicyBook(HUMANE), clock.now())
        clock.move(timedelta(days=1))


async def state_of(db: Database, clock: ManualClock) -> str:
    counts = (await audit(db, HUMANE, ("telegram",), clock.now())).counts
    return next((state for state, count in counts.items() if count), "-")


async def the_wallet_says(db: Database, status: str) -> None:
    async with db.write() as conn:
        await conn.execute(update(instalments).values(status=status))


async def reasons(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(select(cases.c.reason).order_by(cases.c.case_id))).scalars())


async def ends(db: Database) -> list[str | None]:
    async with db.read() as conn:
        return list((await conn.execute(select(holds.c.ended_why).order_by(holds.c.hold_id))).scalars())


async def a_person_closes_it(db: Database, clock: ManualClock, rests: int) -> None:
    async with db.write() as conn:
        await conn.execute(update(cases).values(state="closed", outcome="dispute", closed_at=clock.now()))
        until = (clock.now() + timedelta(days=rests)).date()
        await set_hold(conn, Hold(ANNA, "dispute", until, set_by=900), clock.now())


async def test_it_rests_for_thirty_days_and_then_a_person_has_it(disputed: Database, clock: ManualClock) -> None:
    await days_pass(disputed, clock, 31)
    assert (await reasons(disputed), await state_of(disputed, clock)) == ([], "on_hold")
    await days_pass(disputed, clock, 1)
    assert (await reasons(disputed), await state_of(disputed, clock)) == (["dispute"], "in_queue")


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_taken_back_by_the_wallet_it_rests_no_more(disputed: Database, clock: ManualClock) -> None:
    await days_pass(disputed, clock, 1)
    await the_wallet_says(disputed, "open")
    await days_pass(disputed, clock, 1)
    assert await ends(disputed) == ["withdrawn"]
    assert await state_of(disputed, clock) == "in_grace"


async def test_waived_by_the_wallet_nobody_is_called(disputed: Database, clock: ManualClock) -> None:
    await days_pass(disputed, clock, 5)
    await the_wallet_says(disputed, "waived")
    await days_pass(disputed, clock, 40)
    assert await reasons(disputed) == []
    assert await ends(disputed) == ["settled"]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_disputed_still_after_a_person_saw_to_it_it_comes_again(disputed: Database, clock: ManualClock) -> None:
    await days_pass(disputed, clock, 32)
    await a_person_closes_it(disputed, clock, rests=10)
    await days_pass(disputed, clock, 11)
    assert await reasons(disputed) == ["dispute"]
    await days_pass(disputed, clock, 32)
    assert await reasons(disputed) == ["dispute", "dispute"]


async def test_while_a_person_has_it_nothing_is_set_beside(disputed: Database, clock: ManualClock) -> None:
    await days_pass(disputed, clock, 60)
    assert await ends(disputed) == ["over"]
    assert await reasons(disputed) == ["dispute"]


async def test_the_time_counts_from_when_it_is_overdue(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), YESTERDAY + timedelta(days=20), status="disputed")
    await days_pass(db, clock, 20)
    assert await ends(db) == []
    await days_pass(db, clock, 1)
    assert await ends(db) == [None]
