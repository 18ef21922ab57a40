"""What PostgreSQL knows of the size of its tables, which decides how it answers.

It counts them by itself, a minute or so after they changed, and only where autovacuum is on. Planning cannot wait for
that: the first round after a wallet came in would be planned for empty tables and grow with the square.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import metadata

MANY = 1000  # rows written at once, after which a table is counted

_OWN_PLANS = text("SET LOCAL plan_cache_mode = force_custom_plan")
# `relpages` is the size when the table was last counted, 0 where it never was.
_GROWN = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * relpages ORDER BY relname"
)


async def for_sets(conn: AsyncConnection) -> None:
    """To be called in a transaction that asks about all customers at once. PostgreSQL keeps the plan of a statement
    that was run a few times: one that was made while a table was empty would serve for a million rows, too."""
    if conn.dialect.name == "postgresql":
        await conn.execute(_OWN_PLANS)


async def count_what_grew(conn: AsyncConnection) -> None:
    """Has PostgreSQL count the tables that are twice as large as it knows, or were never counted."""
    if conn.dialect.name == "postgresql":
        grown: Sequence[str] = (await conn.execute(_GROWN)).scalars().all()
        await _analyze(conn, [name for name in grown if name in metadata.tables])


async def count_after(conn: AsyncConnection, rows: int, *tables: Table) -> None:
    """Has PostgreSQL count these tables after so many `rows` were written, where these are many."""
    if rows >= MANY and conn.dialect.name == "postgresql":
        await _analyze(conn, sorted(table.name for table in tables))


async def _analyze(conn: AsyncConnection, names: list[str]) -> None:
    """In the order of their names: two processes that do it at once wait for each other, and not both ways."""
    if names:
        await conn.execute(text(f"ANALYZE {', '.join(names)}"))
