"""Promises and disputes: stored, found kept and found broken, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.agreements.promise_choices import Choice, NotPromised, Promised
from bot.work.agreements import disputes, promises
from bot.work.agreements.disputes import key_of
from bot.work.policy.policies import open_book
from bot.work.runtime import planning_round
from storage.runtime.engine import Database
from storage.schema import cases, holds
from tests.work.facts.wallets import take, write, write_wallet

INSTALMENTS = (
    "instalment_id,account_id,due_date,amount_due,amount_paid\n"
    "I1,A1,2026-03-01,1000.00,400.00\nI2,A1,2026-03-01,200.00,0\nI3,A1,2026-03-08,50.00,0\n"
)
ANNA = 1001
DESK = load_policy("humane").desk


@pytest.fixture
async def wallet(db: Database, clock: ManualClock, tmp_path: Path) -> Database:
    """Anna owes 600.00 and 200.00 since yesterday, and 50.00 in six days."""
    assert (await take(db, clock.now(), write_wallet(tmp_path / "wallet", instalments=INSTALMENTS))).ok
    return db


async def pays(db: Database, clock: ManualClock, folder: Path, *payments: str) -> None:
    clock.move(timedelta(minutes=1))  # a payment beside the wallet's word would be in it
    rows = "".join(f"{row}\n" for row in payments)
    written = write(folder / "paid", payments=f"payment_id,instalment_id,paid_on,amount\n{rows}")
    assert (await take(db, clock.now(), written)).ok


async def plan(db: Database, clock: ManualClock) -> None:
    book = await open_book(db, load_policy("humane"), clock.now())
    await planning_round.plan(db, book, clock.now())


async def ends(db: Database, kind: str = "promise") -> list[str | None]:
    async with db.read() as conn:
        query = select(holds.c.ended_why).where(holds.c.kind == kind).order_by(holds.c.hold_id)
        return list((await conn.execute(query)).scalars())


async def test_what_is_outstanding_by_the_day_is_promised(wallet: Database, clock: ManualClock) -> None:
    today = clock.now().date()
    made = await promises.promise(wallet, DESK, "C1", today + timedelta(days=3), clock.now())
    assert isinstance(made, Promised)
    async with wallet.read() as conn:
        hold = (await conn.execute(select(holds))).one()
    assert (hold.amount, hold.currency, hold.set_by, hold.instalment_id) == (80000, "TWD", None, None)


async def test_a_kept_promise_leaves_the_next_one_its_moves(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    today = clock.now().date()
    await promises.promise(wallet, DESK, "C1", today + timedelta(days=1), clock.now())
    await promises.promise(wallet, DESK, "C1", today + timedelta(days=3), clock.now())
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,600.00", "P2,I2,2026-03-02,200.00")
    await plan(wallet, clock)
    assert await ends(wallet) == ["replaced", "kept"]
    clock.move(timedelta(days=4))  # I3 is due in two days
    offered = await promises.offer(wallet, DESK, "C1", clock.now())
    assert isinstance(offered, Choice)
    assert (offered.until, offered.moves_left) == (None, 2)


async def test_a_broken_promise_counts_as_a_move(wallet: Database, clock: ManualClock) -> None:
    for _ in range(3):
        today = clock.now().date()
        assert isinstance(await promises.promise(wallet, DESK, "C1", today, clock.now()), Promised)
        clock.move(timedelta(days=1))
        await plan(wallet, clock)
    assert await ends(wallet) == ["broken"] * 3
    refused = await promises.offer(wallet, DESK, "C1", clock.now())
    assert isinstance(refused, NotPromised)
    assert refused.reason == "moved_often"


async def test_what_is_disputed_neither_breaks_nor_keeps_a_promise(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    today = clock.now().date()
    await promises.promise(wallet, DESK, "C1", today + timedelta(days=1), clock.now())
    assert (await disputes.dispute(wallet, DESK, "C1", ANNA, key_of("I1"), clock.now())).result == "noted"
    await plan(wallet, clock)
    assert await ends(wallet) == [None]
    await pays(wallet, clock, tmp_path, "P2,I2,2026-03-02,200.00")
    await plan(wallet, clock)
    assert await ends(wallet) == ["not_needed"]
    assert await ends(wallet, "dispute") == [None]


async def test_a_case_of_a_dispute_stays_open_until_that_is_settled(
    wallet: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await disputes.dispute(wallet, DESK, "C1", ANNA, key_of("I3"), clock.now())
    await pays(wallet, clock, tmp_path, "P1,I1,2026-03-02,600.00", "P2,I2,2026-03-02,200.00")
    await plan(wallet, clock)
    async with wallet.read() as conn:
        assert (await conn.execute(select(cases.c.reason, cases.c.state))).one() == ("dispute", "waiting")
    await pays(wallet, clock, tmp_path, "P3,I3,2026-03-02,50.00")
    await plan(wallet, clock)
    async with wallet.read() as conn:
        assert (await conn.execute(select(cases.c.outcome))).scalar_one() == "paid"
