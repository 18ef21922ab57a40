"""What is news of a debt that the bot has spoken of: what finds it in sets, to plan receipts, finds all that the rule
calls news, and besides only changes of debts that were settled before and still are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select

from bot.clock import ManualClock
from bot.rules.facts.settlement import Debt, change_between
from bot.rules.reminders.receipts import is_news
from storage.agreements.told_debts import debt_columns, debt_of, differs
from storage.runtime.engine import Database
from storage.schema import accounts, customers, instalments, told_debts

DUE = date(2026, 3, 2)
SUMS = (0, 1, 50, 99, 100, 101)
MANY = 300


def odd_debt(random: Random) -> dict[str, Any]:
    amount_due = random.choice(SUMS)
    return {
        "due_date": DUE + timedelta(days=random.choice((0, 0, 0, 1))),
        "amount_due": amount_due,
        "paid": random.choice((0, 0, *SUMS)),
        "status": random.choice(("open", "open", "paid", "waived")),
    }


async def fill(db: Database, seed: int, now: datetime) -> None:
    """Many debts, as they were told and as they are now; some are another customer's by now."""
    random = Random(seed)
    async with db.write() as conn:
        for of in ("anna", "ben"):
            await conn.execute(customers.insert().values(customer_id=of, zone="Asia/Taipei", facts_at=now))
            about = {"account_id": of, "customer_id": of, "currency": "TWD", "balance": 0, "facts_at": now}
            await conn.execute(accounts.insert().values(**about, product="Card"))
        for number in range(MANY):
            was = odd_debt(random)
            now_is = {**was, **{name: value for name, value in odd_debt(random).items() if random.random() < 0.4}}
            key = {"instalment_id": f"I{number}", "account_id": random.choice(("anna", "anna", "anna", "ben"))}
            stamps = {"facts_at": now, "amount_paid_at": now}
            await conn.execute(instalments.insert().values(**key, **was, **stamps))
            [row] = (await conn.execute(select(*debt_columns()).join(accounts).where(_is(number)))).all()
            told = debt_of(row)
            kept = {"due_date": told.due, "amount_due": told.amount_due, "paid": told.paid, "waived": told.waived}
            await conn.execute(told_debts.insert().values(instalment_id=f"I{number}", customer_id="anna", **kept))
            await conn.execute(instalments.update().where(_is(number)).values(**now_is))


def _is(number: int) -> ColumnElement[bool]:
    return instalments.c.instalment_id == f"I{number}"


@pytest.mark.parametrize("seed", range(2))
async def test_sets_find_all_that_the_rule_calls_news(db: Database, clock: ManualClock, seed: int) -> None:
    await fill(db, seed, clock.now())
    told = [told_debts.c[name].label(f"was_{name}") for name in ("due_date", "amount_due", "paid", "waived")]
    query = select(*debt_columns(), *told, accounts.c.customer_id, differs().label("differs"))
    query = query.select_from(told_debts.join(instalments).join(accounts))
    async with db.read() as conn:
        rows = (await conn.execute(query)).all()
    seen = set()
    for row in rows:
        left = max(0, row.was_amount_due - row.was_paid - row.was_waived)
        was = Debt(row.instalment_id, "TWD", row.was_due_date, row.was_amount_due, row.was_paid, row.was_waived, left)
        change = change_between(was, debt_of(row) if row.customer_id == "anna" else None)
        was_settled_and_is = not was.left and not change.left  # then a receipt is planned, and finds nothing to tell
        assert row.differs or not is_news(change), (was, change)
        assert is_news(change) or not row.differs or was_settled_and_is, (was, change)
        seen.add((bool(row.differs), is_news(change)))
    assert seen == {(True, True), (True, False), (False, False)}
