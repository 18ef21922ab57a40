"""What PostgreSQL knows of its tables after an import."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from storage.facts import imports
from storage.runtime import statistics
from storage.runtime.engine import Database
from storage.schema import accounts, customers, metadata

pytestmark = pytest.mark.new_postgresql

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
KNOWN = text("SELECT attname FROM pg_stats WHERE tablename = 'customers'")
ROWS = text("SELECT reltuples FROM pg_class WHERE relname = 'customers'")
PAGES = text("SELECT pg_relation_size('customers')")
UNCOUNTED = text("SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = 'customers'")
TARGET = text("SHOW default_statistics_target")


def of(numbers: range) -> dict[str, list[Any]]:
    """Customers, column by column."""
    return {
        "customer_id": [f"C{n}" for n in numbers],
        "zone": ["UTC"] * len(numbers),
        "facts_at": [NOW] * len(numbers),
    }


async def add(db: Database, first: int, end: int) -> None:
    async with db.write() as conn:
        await imports.add(conn, "customers", of(range(first, end)))
        await conn.execute(text("SELECT pg_stat_force_next_flush()"))  # else its changes are told up to a minute later


async def one(db: Database, query: Any) -> Any:
    async with db.read() as conn:
        return (await conn.execute(query)).scalar_one()


async def test_a_table_is_first_counted_by_a_small_sample_and_then_by_postgresql_itself(
    postgresql_db: Database,
) -> None:
    await add(postgresql_db, 0, 2000)
    async with postgresql_db.write() as conn:
        await statistics.refresh(conn, [customers, accounts])
        assert set((await conn.execute(KNOWN)).scalars()) == set(metadata.tables["customers"].columns.keys())
        assert (await conn.execute(TARGET)).scalar_one() == "100"
    assert await one(postgresql_db, ROWS) == 2000
    assert await one(postgresql_db, UNCOUNTED) == 2000  # so many changes, that autovacuum soon counts it


async def test_a_table_with_statistics_is_counted_as_usual(postgresql_db: Database) -> None:
    await add(postgresql_db, 0, 10)
    for end in (20, 30):
        async with postgresql_db.write() as conn:
            await statistics.refresh(conn, [customers])
        await add(postgresql_db, end - 10, end)
    assert await one(postgresql_db, ROWS) == 20
    assert await one(postgresql_db, UNCOUNTED) == 10


async def test_rows_that_were_undone_are_cleared_away_where_they_were_counted(postgresql_db: Database) -> None:
    """Else PostgreSQL takes any index of the table to be as good as any other."""
    with pytest.raises(ZeroDivisionError):
        async with postgresql_db.write() as conn:
            await imports.add(conn, "customers", of(range(2000)))
            raise ZeroDivisionError
    async with postgresql_db.write() as conn:
        await statistics.refresh_grown(conn)
        counted = await statistics.counted_as_empty(conn)
    assert "customers" in counted and await one(postgresql_db, PAGES) > 0
    async with postgresql_db.outside_transactions() as conn:
        await statistics.count_again(conn, counted)
    assert await one(postgresql_db, PAGES) == 0
    async with postgresql_db.read() as conn:
        assert "customers" not in await statistics.counted_as_empty(conn)


async def test_rows_that_were_not_committed_yet_when_they_were_counted_are_counted_again(
    postgresql_db: Database,
) -> None:
    async with postgresql_db.write() as conn:
        await imports.add(conn, "customers", of(range(2000)))
        async with postgresql_db.write() as other:
            await other.execute(text("ANALYZE customers"))
            assert await statistics.counted_as_empty(other) == ["customers"]
    async with postgresql_db.outside_transactions() as conn:
        await statistics.count_again(conn, ["customers"])
    assert await one(postgresql_db, ROWS) == 2000
