"""Whose hour is foreseen, and when that ends, as rows of either database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.work.facts.forgetting import forget
from bot.work.reminders.usual_hours import AGAIN_AFTER, agree, foresee_again
from storage.reminders.usual_hours import SAID
from storage.runtime.engine import Database
from storage.schema import contacts, customers
from tests.work.lives import customer, linked

POLICY = load_policy("humane")


async def reads_at(db: Database, customer_id: str, hour: int, today: datetime, days: int = 9) -> None:
    """In Taipei, on so many days before."""
    said = today.replace(hour=hour - 8, minute=30)
    rows = [
        {
            "customer_id": customer_id,
            "at": said - timedelta(days=n),
            "channel": "telegram",
            "direction": "in",
            "kind": SAID[n % len(SAID)],
            "state": "answered",
        }
        for n in range(1, days + 1)
    ]
    async with db.write() as conn:
        await conn.execute(insert(contacts), rows)


async def hours(db: Database) -> list[int | None]:
    async with db.read() as conn:
        query = select(customers.c.foreseen_hour).order_by(customers.c.customer_id)
        return list((await conn.execute(query)).scalars())


async def test_only_of_those_who_agree_and_only_so_long(db: Database, clock: ManualClock) -> None:
    for number in (1, 2, 3):
        await customer(db, clock.now(), f"C{number}")
        await linked(db, clock.now(), 1000 + number, f"C{number}")
        await reads_at(db, f"C{number}", 18, clock.now())
    assert await foresee_again(db, POLICY, clock.now()) == 0
    for number in (1, 3):
        await agree(db, POLICY, f"C{number}", True, clock.now())
    assert await hours(db) == [17, None, 17]
    clock.move(AGAIN_AFTER + timedelta(hours=1))
    await reads_at(db, "C1", 13, clock.now(), days=30)
    assert await foresee_again(db, POLICY, clock.now()) == 2
    assert await foresee_again(db, POLICY, clock.now()) == 0
    assert await hours(db) == [12, None, 17]
    await agree(db, POLICY, "C1", False, clock.now())
    await forget(db, "C3", clock.now(), overwrite=False)
    clock.move(AGAIN_AFTER + timedelta(hours=1))
    assert await foresee_again(db, POLICY, clock.now()) == 0
    assert await hours(db) == [None, None, None]
