"""New rows as PostgreSQL gets them: every value comes back as it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Table, select

from storage.facts import imports
from storage.runtime.engine import Database
from storage.schema import customers, instalments

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TAIPEI = timezone(timedelta(hours=8))
MANY = 2300

Columns = Mapping[str, Sequence[Any]]


async def come_back(db: Database, table: Table, columns: Columns) -> Sequence[tuple[Any, ...]]:
    async with db.write() as conn:
        await imports.add(conn, table.name, columns)
        found = await conn.execute(select(*(table.c[name] for name in columns)).order_by(*table.primary_key))
        return [tuple(row) for row in found.all()]


async def test_texts_instants_and_truths_come_back(postgresql_db: Database) -> None:
    names = ("", "Anna", "王小明", "é\\N\t", "x" * 40_000, "\x01", "a\nb")
    instants = (NOW, datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=TAIPEI))
    columns = {
        "vulnerable": [n % 3 == 0 for n in range(MANY)],
        "customer_id": [f"C{n:05}{'é' * (n % 2)}" for n in range(MANY)],
        "language": [None if n % 5 else "zh-Hant" for n in range(MANY)],
        "name": [names[n % len(names)] for n in range(MANY)],
        "zone": ["UTC"] * MANY,
        "email": [f"{n}@example.com" if n % 100 else None for n in range(MANY)],
        "facts_at": [instants[n % len(instants)] for n in range(MANY)],
        "seen_at": [None] * (MANY - 1) + [NOW],
        "remind_hour": [None if n % 7 == 0 else n % 24 - 3 for n in range(MANY)],
    }
    assert await come_back(postgresql_db, customers, columns) == list(zip(*columns.values(), strict=True))


async def test_sums_and_days_come_back(postgresql_db: Database) -> None:
    async with postgresql_db.write() as conn:
        await imports.add(conn, "customers", {"customer_id": ["C1"], "zone": ["UTC"], "facts_at": [NOW]})
        account = {"account_id": ["A1"], "customer_id": ["C1"], "currency": ["TWD"]}
        await imports.add(conn, "accounts", {**account, "balance": [-1], "facts_at": [NOW]})
    sums, days = (0, 2**63 - 1, -(2**63), -1, 100), (date(2026, 3, 2), date(1, 1, 1), date(9999, 12, 31))
    columns = {
        "instalment_id": [f"I{n:05}" for n in range(MANY)],
        "account_id": ["A1"] * MANY,
        "due_date": [days[n % len(days)] for n in range(MANY)],
        "amount_due": [n * 101 for n in range(MANY)],
        "amount_paid": [sums[n % len(sums)] for n in range(MANY)],
        "principal": [None if n % 2 else n for n in range(MANY)],
        "status": ["waived"] * MANY,  # so that nothing is left to pay, which would be too much for a number
        "facts_at": [NOW] * MANY,
        "amount_paid_at": [NOW] * MANY,
        "import_block_id": [n // 1000 or None for n in range(MANY)],
    }
    assert await come_back(postgresql_db, instalments, columns) == list(zip(*columns.values(), strict=True))


async def test_one_row_that_is_there_already_fails_and_the_connection_goes_on(postgresql_db: Database) -> None:
    ids = [f"C{n:05}" for n in range(MANY)]
    of_all = {"zone": ["UTC"] * MANY, "facts_at": [NOW] * MANY}
    with pytest.raises(asyncpg.UniqueViolationError):
        async with postgresql_db.write() as conn:
            await imports.add(conn, "customers", {"customer_id": [*ids[1:], ids[1]], **of_all})
    assert len(await come_back(postgresql_db, customers, {"customer_id": ids, **of_all})) == MANY


async def test_what_cannot_be_written_out_is_an_error_before_anything_is_stored(postgresql_db: Database) -> None:
    ids = [f"C{n:05}" for n in range(MANY)]
    of_all = {"zone": ["UTC"] * MANY, "facts_at": [NOW] * MANY}
    with pytest.raises((UnicodeEncodeError, asyncpg.DataError)):
        async with postgresql_db.write() as conn:
            await imports.add(conn, "customers", {"customer_id": [*ids[1:], "\ud800"], **of_all})
    assert len(await come_back(postgresql_db, customers, {"customer_id": ids, **of_all})) == MANY
