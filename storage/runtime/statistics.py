"""PostgreSQL's statistics about the size of its tables, which decide how it plans a query.

PostgreSQL updates them by itself a minute or so after a change, and only if autovacuum is on. Planning cannot wait for
that: after a first import, its queries would be planned for empty tables, and their time would grow with the square.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.customer_sets import is_for_chosen
from storage.schema import metadata

_OWN_PLANS = text("SET LOCAL plan_cache_mode = force_custom_plan")
# `relpages` is the size when the table was last counted, 0 where it never was.
_GROWN = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * relpages ORDER BY relname"
)
_COUNTED_AS_EMPTY = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " AND relpages > 0 AND reltuples = 0 ORDER BY relname"
)
_COUNTED = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " AND relpages > 0"
)
_AS_USUAL = text("SET LOCAL default_statistics_target TO DEFAULT")
# Of what it is by default: 100. A sample has 300 rows for each of these.
_BY_A_SMALL_SAMPLE = text("SET LOCAL default_statistics_target = 30")


async def for_sets(conn: AsyncConnection) -> None:
    """To be called in a transaction with queries over all customers. PostgreSQL keeps the plan of a statement after a
    few runs: it would use a plan for an empty table also for a million rows. Where a transaction is about chosen
    customers, its settings leave no choice of a plan."""
    if conn.dialect.name == "postgresql" and not is_for_chosen(conn):
        await conn.execute(_OWN_PLANS)


async def refresh(conn: AsyncConnection, tables: Iterable[Table]) -> None:
    """Updates the statistics of these tables. One that has none gets them from a small sample, in a third of the time,
    with its columns named: then PostgreSQL does not take this for a count of its own, which follows within a
    minute."""
    if conn.dialect.name != "postgresql":
        return
    counted: Sequence[str] = (await conn.execute(_COUNTED)).scalars().all()
    for table in sorted(tables, key=lambda table: table.name):  # as in `_analyze`
        columns = "" if table.name in counted else f" ({', '.join(table.columns.keys())})"
        await conn.execute(_BY_A_SMALL_SAMPLE if columns else _AS_USUAL)
        await conn.execute(text(f"ANALYZE {table.name}{columns}"))
    await conn.execute(_AS_USUAL)


async def refresh_grown(conn: AsyncConnection) -> None:
    """Updates the statistics of tables that have grown to twice the known size, or have no statistics."""
    if conn.dialect.name == "postgresql":
        grown: Sequence[str] = (await conn.execute(_GROWN)).scalars().all()
        await _analyze(conn, [name for name in grown if name in metadata.tables])


async def counted_as_empty(conn: AsyncConnection) -> list[str]:
    """The tables that have pages and, when they were last counted, no rows: what is in them was undone, or not
    committed yet. For these PostgreSQL takes any index to be as good as any other until it has counted rows."""
    found: Sequence[str] = (await conn.execute(_COUNTED_AS_EMPTY)).scalars().all()
    return [name for name in found if name in metadata.tables]


async def count_again(conn: AsyncConnection, names: Iterable[str]) -> None:
    """Clears away rows that were undone, and counts the others. With pages that are empty gone, PostgreSQL goes by how
    many there are, as in a new table. Not in a transaction; what somebody else works on is left out."""
    await conn.execute(text(f"VACUUM (ANALYZE, SKIP_LOCKED) {', '.join(names)}"))


async def _analyze(conn: AsyncConnection, names: list[str]) -> None:
    """Always in the order of names, so that two processes that do this at once cannot block each other."""
    if names:
        await conn.execute(text(f"ANALYZE {', '.join(names)}"))
