"""One customer with absurd amounts harms no other customer, not even with amounts that imports no longer accept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.policies import load_policy
from bot.rules.facts.money import MAX_MINOR_UNITS
from bot.work.guarantee.guard import audit
from bot.work.outlook.forecast import forecast_days, read_book
from bot.work.policy.policies import open_book
from bot.work.runtime.planning_round import plan
from storage.agreements import case_agreements, holds, promises
from storage.agreements.holds import Hold
from storage.runtime.capped_sums import MOST
from storage.runtime.engine import Database
from storage.schema import accounts, cases, customers, instalments, links, notices, payments
from tests.work.facts.wallets import INSTALMENTS, refusals, take, write_wallet

CHANNELS = ("telegram",)
FROM_BEFORE = 10**15  # a row of this size was taken once


@pytest.fixture
async def absurd(db: Database, clock: Any) -> Database:
    """C1 owes 9,500 times what a row could once say, and has paid as much; C2 owes one ordinary instalment."""
    now, today = clock.now(), clock.now().date()
    async with db.write() as conn:
        for n, id_ in enumerate(("C1", "C2"), 1):
            await conn.execute(insert(customers).values(customer_id=id_, zone="Asia/Taipei", facts_at=now))
            await conn.execute(insert(links).values(customer_id=id_, user_id=n, way="payload", linked_at=now))
            account = {"account_id": f"A{n}", "customer_id": id_, "currency": "TWD", "balance": 0, "facts_at": now}
            await conn.execute(insert(accounts).values(**account))
        known = {"facts_at": now, "amount_paid_at": now}
        rows = [
            {"instalment_id": f"I{n}", "account_id": "A1", "amount_due": FROM_BEFORE, "paid": paid, **known}
            | {"due_date": today + timedelta(days=3 if n % 2 else -40)}
            for n in range(19_000)
            for paid in [0 if n < 9_500 else FROM_BEFORE]
        ]
        rows.append({**rows[1], "instalment_id": "J", "account_id": "A2", "amount_due": 500_000})
        await conn.execute(insert(instalments), rows)
    return db


@pytest.mark.slow
async def test_rounds_audit_and_forecast_go_on_for_everybody(absurd: Database, clock: Any) -> None:
    policy, now = load_policy("humane", clock.now().date()), clock.now()
    promise = Hold("C1", "promise", now.date() + timedelta(days=5), amount=MOST, currency="TWD", paid_before=0)
    async with absurd.write() as conn:
        await holds.set_hold(conn, Hold("C1", "promise", now.date() + timedelta(days=5)), now)
        await holds.set_hold(conn, promise, now)
        await holds.withdraw(conn, "C1", now)
    await plan(absurd, await open_book(absurd, policy, now), now, rate=30.0)
    counted = await audit(absurd, policy, CHANNELS, now)
    async with absurd.read() as conn:
        book = await read_book(conn, policy, now)
    coming = await forecast_days(absurd, book, CHANNELS, 30.0, 14, now)

    async with absurd.read() as conn:
        told = set((await conn.execute(select(notices.c.customer_id))).scalars())
        called = set((await conn.execute(select(cases.c.customer_id))).scalars())
        owed = await case_agreements.overdue(conn, ["C1"], now.date())
        came_in = await promises.paid_in(conn, "C1", "TWD")
    assert told == {"C1", "C2"}
    assert called == {"C1"}
    assert owed == {"C1": {"TWD": 4_750 * FROM_BEFORE if 4_750 * FROM_BEFORE < MOST else MOST}}
    assert came_in == MOST
    assert sum(counted.counts.values()) == 1
    assert coming.as_json()


async def test_a_row_of_more_than_any_wallet_holds_is_refused(db: Database, clock: Any, tmp_path: Any) -> None:
    most = MAX_MINOR_UNITS // 100
    rows = INSTALMENTS + f"I2,A1,2026-03-10,{most},0\nI3,A1,2026-03-10,{most + 1},0\n"
    report = await take(db, clock.now(), write_wallet(tmp_path / "wallet", instalments=rows))
    assert report.counts["instalments"].refused == 1
    (line,) = refusals(tmp_path / "wallet" / "instalments.csv")
    assert "expected 100000000000.00 TWD at most" in line


async def test_payments_of_absurd_sums_are_refused_or_added(db: Database, clock: Any, tmp_path: Any) -> None:
    now = clock.now()
    await take(db, now, write_wallet(tmp_path / "wallet"))
    row = {"instalment_id": "I1", "paid_on": now.date(), "amount": FROM_BEFORE, "in_amount_paid": False}
    async with db.write() as conn:
        known = [{**row, "payment_id": f"O{n}", "facts_at": now, "to_word": "after"} for n in range(9_500)]
        await conn.execute(insert(payments), known)
    path = tmp_path / "payments.csv"
    path.write_text("payment_id,instalment_id,paid_on,amount\nP1,I1,2026-03-01,300.00\n")
    assert (await take(db, now, path)).ok
    async with db.read() as conn:
        assert (await conn.execute(select(instalments.c.paid))).scalar_one() == MOST
