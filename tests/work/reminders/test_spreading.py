"""Many reminders are not sent all at once when the hours open; few are, and none is delayed past its hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database
from storage.schema import notices
from tests.work.outlook.test_forecast import Wallet

BOOK = PolicyBook(load_policy("humane"))
NINE = datetime(2026, 3, 3, 1, tzinfo=UTC)  # in Taipei
EIGHT_AT_NIGHT = NINE + timedelta(hours=11)
RATE = 0.2  # sixty in five minutes


async def due_today(db: Database, clock: ManualClock, customers: int, first: int = 0) -> None:
    wallet = Wallet(clock.now())
    for number in range(first, first + customers):
        wallet.customer(f"C{number}", linked=False, email=f"c{number}@example.com")
        wallet.owes(f"C{number}", NINE.date())
    for row in wallet.rows["instalments"]:
        row["instalment_id"] = f"I-{row['account_id']}"
    await wallet.write(db)


async def planned(db: Database, clock: ManualClock, rate: float | None = RATE) -> list[datetime]:
    """When each notice may be sent, once it is planned."""
    await plan(db, BOOK, clock.now(), channels=("email",), rate=rate)
    async with db.read() as conn:
        return list((await conn.execute(select(notices.c.send_after).order_by(notices.c.send_after))).scalars())


async def test_many_are_spread_at_half_the_rate(db: Database, clock: ManualClock) -> None:
    clock.set(NINE - timedelta(hours=5))
    await due_today(db, clock, 240)
    at = await planned(db, clock)
    assert len(at) == 240
    assert NINE < at[0] < at[-1] <= NINE + timedelta(seconds=240 / (RATE / 2))
    assert set(Counter(at).values()) == {4}


async def test_few_go_as_the_hours_open(db: Database, clock: ManualClock) -> None:
    clock.set(NINE - timedelta(hours=5))
    await due_today(db, clock, 60)
    assert set(await planned(db, clock)) == {NINE}


async def test_without_a_rate_nothing_is_spread(sqlite_db: Database, clock: ManualClock) -> None:
    clock.set(NINE - timedelta(hours=5))
    await due_today(sqlite_db, clock, 240)
    assert set(await planned(sqlite_db, clock, rate=None)) == {NINE}


async def test_what_is_planned_late_has_the_half_of_what_is_left(db: Database, clock: ManualClock) -> None:
    clock.set(EIGHT_AT_NIGHT - timedelta(minutes=20))
    await due_today(db, clock, 240)
    at = await planned(db, clock)
    assert clock.now() <= at[0]
    assert EIGHT_AT_NIGHT - timedelta(minutes=11) < at[-1] <= EIGHT_AT_NIGHT - timedelta(minutes=10)


async def test_what_comes_later_follows_on_what_waits(db: Database, clock: ManualClock) -> None:
    clock.set(NINE - timedelta(hours=5))
    await due_today(db, clock, 240)
    first = await planned(db, clock)
    clock.move(timedelta(minutes=1))
    await due_today(db, clock, 120, first=240)
    both = await planned(db, clock)
    assert both[:240] == first
    assert first[-1] < both[240] < both[-1] <= NINE + timedelta(seconds=360 / (RATE / 2))


async def test_planning_again_moves_nothing(sqlite_db: Database, clock: ManualClock) -> None:
    clock.set(NINE - timedelta(hours=5))
    await due_today(sqlite_db, clock, 240)
    first = await planned(sqlite_db, clock)
    clock.move(timedelta(minutes=1))
    assert await planned(sqlite_db, clock) == first
