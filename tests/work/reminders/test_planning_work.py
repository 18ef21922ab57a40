"""How much a round of planning reads: it may grow with the wallet and no faster, with any statistics of the database.
Rows read by PostgreSQL and steps of SQLite's virtual machine are counted, never time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from bot.policies import load_policy
from bot.work.policy.policies import open_book
from bot.work.runtime.planning_round import Planned, plan
from storage.runtime.engine import Database
from storage.schema import accounts, customers, instalments, links

pytestmark = pytest.mark.new_postgresql  # what it has counted decides on plans

FEW, MANY = 150, 600  # customers
MOST = 1.6  # times as much for each customer


@contextmanager
def counted_work(db: Database) -> Iterator[list[int]]:
    """The work of the block, as the only number of the list."""
    work = [0]
    engine = db.engine.sync_engine

    def rows_read(conn: Any) -> int:
        """By this connection, since it last told the server: it tells it between two transactions."""
        read = "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables"
        return int(conn.exec_driver_sql(read).scalar() or 0)

    def begins(conn: Any) -> None:
        conn.info["read"] = rows_read(conn)

    def ends(conn: Any) -> None:
        work[0] += rows_read(conn) - conn.info["read"]

    def steps(conn: Any) -> None:
        def hundred() -> int:
            work[0] += 100
            return 0

        driver = conn.connection.dbapi_connection.driver_connection  # of aiosqlite
        driver._conn.set_progress_handler(hundred, 100)

    watched = [("begin", steps)] if db.is_sqlite else [("begin", begins), ("commit", ends)]
    for when, does in watched:
        event.listen(engine, when, does)
    try:
        yield work
    finally:
        for when, does in watched:
            event.remove(engine, when, does)


async def fill(db: Database, clock: Any, first: int, last: int, *, linked: bool) -> None:
    """Customers who each owe something that comes due, and something that is long overdue."""
    now, today = clock.now(), clock.now().date()
    ids = range(first, last)
    async with db.write() as conn:
        people = [{"customer_id": f"C{n}", "zone": "Asia/Taipei", "facts_at": now} for n in ids]
        await conn.execute(insert(customers), people)
        theirs = [{"account_id": f"A{n}", "customer_id": f"C{n}", "currency": "TWD", "balance": 0} for n in ids]
        await conn.execute(insert(accounts), [{**row, "facts_at": now} for row in theirs])
        debts = [
            {"instalment_id": f"I{n}{days}", "account_id": f"A{n}", "due_date": today + timedelta(days=days)}
            for n in ids
            for days in (3, -40)
        ]
        known = {"amount_due": 500_000, "facts_at": now, "amount_paid_at": now}
        await conn.execute(insert(instalments), [{**row, **known} for row in debts])
        if linked:
            await conn.execute(
                insert(links),
                [{"customer_id": f"C{n}", "user_id": n, "way": "payload", "linked_at": now} for n in ids],
            )


async def round_of(db: Database, clock: Any) -> tuple[Planned, int]:
    policy = load_policy("humane", clock.now().date())
    with counted_work(db) as work:
        done = await plan(db, await open_book(db, policy, clock.now()), clock.now(), rate=30.0)
    return done, work[0]


async def count_tables(db: Database) -> None:
    async with db.write() as conn:
        await conn.execute(text("ANALYZE"))


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "no channel"])
@pytest.mark.parametrize("known", ["nothing", "empty tables", "a few rows"])
async def test_a_round_reads_no_more_for_each_customer_of_a_large_wallet(db, clock, known, linked):
    if known == "empty tables":
        await count_tables(db)
    await fill(db, clock, 1, FEW, linked=linked)
    few, first = await round_of(db, clock)
    _, again = await round_of(db, clock)
    if known == "a few rows":
        await count_tables(db)
    await fill(db, clock, FEW, FEW + MANY, linked=linked)
    many, then = await round_of(db, clock)
    _, and_again = await round_of(db, clock)

    assert (few.notices or few.unreachable) == FEW - 1
    assert few.cases_opened == FEW - 1
    assert (many.notices or many.unreachable) == MANY
    assert then / (FEW + MANY) < MOST * first / FEW
    assert and_again / (FEW + MANY) < MOST * again / FEW
