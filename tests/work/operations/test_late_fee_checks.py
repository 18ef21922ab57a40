"""The doctor compares the wallet's fees with those of the policy."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.work.operations.late_fee_checks import examine_charges
from storage.runtime.engine import Database
from tests.work.lives import customer, owes

HUMANE = load_policy("humane")  # 300.00 TWD on the fourth day past due, and five in ten thousand a day from then on


async def test_fees_that_differ_are_told_with_an_example(db: Database, clock: ManualClock) -> None:
    today = clock.now().date()
    await customer(db, clock.now())
    await owes(db, clock.now(), today - timedelta(days=4), "I1", amount_due=150_060, fees=30_060)
    assert [found.ok for found in await examine_charges(db, HUMANE, clock.now())] == [True]
    await owes(db, clock.now(), today - timedelta(days=4), "I2", amount_due=170_000, fees=50_000)
    (found,) = await examine_charges(db, HUMANE, clock.now())
    assert found.ok is None
    assert "differ in 1 of 2 overdue instalments: I2 has 500.00 TWD" in found.words


async def test_a_wallet_that_sends_none_hears_nothing_about_it(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date() - timedelta(days=9))
    assert await examine_charges(db, HUMANE, clock.now()) == []
