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
UNCOUNTED = text("SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = 'customers'")
TARGET = text("SHOW default_statistics_target")


async def add(db: Database, first: int, end: int) -> None:
    ids = [f"C{n}" for n in range(first, end)]
    async with db.write() as conn:
        await imports.add(
            conn, "customers", {"customer_id": ids, "zone": ["UTC"] * len(ids), "facts_at": [NOW] * len(ids)}
        )
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
