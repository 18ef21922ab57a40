"""A round of planning over a whole wallet: the first, which plans all that is due; the next, with nothing new; and the
guard's part of a minute.

The customers are imported as a bank would deliver them, copied to the wanted number and linked; none of their debts was
told before. The first round is compared with one INSERT … SELECT for each table into which it wrote, of the same rows
with all their columns: into a table without any index (plain), into one with the same primary key and indices (bare),
and into duebot's own table, emptied before, which also has foreign keys and triggers (same tables).
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Table as SqlTable
from sqlalchemy import text

from benchmarks import wallet
from benchmarks.measuring import Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from bot.policies import load_policy
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import open_book
from bot.work.runtime.planning_round import Planned, guard, plan_due
from storage.runtime.engine import Connection, Database
from storage.schema import case_events, case_items, cases, customer_looks, ladders, notice_items, notices

WRITTEN = (cases, case_events, case_items, notices, notice_items, ladders, customer_looks)
COPY = "copied_"  # before a table's name: that of its copy
NOTE = (
    "A quiet round must not grow with the wallet. The guard looks at a fiftieth of the customers in each minute. What"
    " the first round wrote is copied by INSERT … SELECT: plain into tables without keys and indices, bare into tables"
    " with the same primary keys and indices, same tables into duebot's own, with foreign keys and triggers."
)
QUIET = 10  # rounds with nothing new, of which the mean is taken


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers are imported, and how many times as many are planned for: the others are copies of them."""

    customers: int = 3000
    times: tuple[int, ...] = (3, 30)

    @classmethod
    def of(cls, customers: int) -> Extent:
        times = max(1, customers // cls().customers)
        return cls(customers // times, (times,))


async def planning(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    with places() as there, tempfile.TemporaryDirectory() as folder:
        wallet.write_wallet(Path(folder), extent.customers, payments=False)
        for kind in KINDS:
            for times in extent.times:
                async with there.database(kind) as db:
                    report = await import_paths(db, [Path(folder)], wallet.NOW)
                    assert report.ok, report.as_json()
                    await wallet.multiply(db, times)
                    await wallet.link_all(db)
                    rows.append(await _rounds(db, kind, extent.customers * times))
    columns = (
        *("database", "customers", "notices planned", "cases opened", "first round s", "plain s", "bare s"),
        *("same tables s", "first ÷ plain", "first ÷ bare", "first ÷ same tables"),
        *("quiet round CPU ms", "guard CPU µs a customer"),
    )
    return [Table("planning", columns, rows, NOTE)]


async def _rounds(db: Database, kind: str, customers: int) -> tuple[Cell, ...]:
    gc.freeze()  # as the running program does after its start; here an import has just left much to look through
    first, done = await _round(db)
    plain, bare, same = await _into_new(db, _plain), await _into_new(db, _twin), await _into_same(db)
    await guard(db, await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW), wallet.NOW)
    quiet = [await _round(db) for _ in range(QUIET)]
    assert done.notices and not any(nothing for _, nothing in quiet), (done, quiet)
    book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
    with Spent() as spent:
        walked = await guard(db, book, wallet.NOW + timedelta(minutes=10))
    return (
        *(kind, customers, done.notices, done.cases_opened, first.wall_s, plain, bare, same),
        *(first.wall_s / plain, first.wall_s / bare, first.wall_s / same),
        *(1000 * sum(made.cpu_s for made, _ in quiet) / QUIET, 1e6 * spent.cpu_s / max(1, walked.looked_at)),
    )


async def _round(db: Database) -> tuple[Spent, Planned]:
    """What a round took, and what it did."""
    with Spent() as spent:
        book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
        done = await plan_due(db, book, wallet.NOW)
    return spent, done


async def _into_new(db: Database, make: Callable[[Connection, str], Awaitable[None]]) -> float:
    """Seconds for one INSERT … SELECT of each table's rows into a new one, which `make` makes."""
    async with db.write() as conn:
        for table in WRITTEN:
            await make(conn, table.name)
    seconds = await _copied(db, WRITTEN, "", COPY)
    async with db.write() as conn:
        for table in WRITTEN:
            await conn.execute(text(f"DROP TABLE {COPY}{table.name}"))
    return seconds


async def _into_same(db: Database) -> float:
    """Seconds for the same into the tables themselves, which are emptied before."""
    async with db.write() as conn:
        for table in WRITTEN:
            await _plain(conn, table.name)
    await _copied(db, WRITTEN, "", COPY)
    async with db.write() as conn:
        if db.is_sqlite:
            for table in reversed(WRITTEN):
                await conn.execute(text(f"DELETE FROM {table.name}"))
        else:  # with those that refer to them, which have no rows
            await conn.execute(text(f"TRUNCATE {', '.join(table.name for table in WRITTEN)} CASCADE"))
    seconds = await _copied(db, WRITTEN, COPY, "")
    async with db.write() as conn:
        for table in WRITTEN:
            await conn.execute(text(f"DROP TABLE {COPY}{table.name}"))
    return seconds


async def _copied(db: Database, tables: Sequence[SqlTable], source: str, to: str) -> float:
    """Seconds for one INSERT … SELECT of each table's rows; `source` and `to` come before its name."""
    seconds = 0.0
    for table in tables:
        names = ", ".join(column.name for column in table.c if column.computed is None)
        copying = f"INSERT INTO {to}{table.name} ({names}) SELECT {names} FROM {source}{table.name}"
        async with db.read() as conn:
            count = (await conn.execute(text(f"SELECT count(*) FROM {source}{table.name}"))).scalar_one()
        with Spent() as spent:
            async with db.write() as conn:
                if not db.is_sqlite:  # as planning has it: what it writes itself is no news to it
                    await conn.execute(text("SELECT set_config('duebot.planning', 'on', true)"))
                copied = await conn.execute(text(copying))
        assert copied.rowcount == count, (table.name, copied.rowcount, count)
        seconds += spent.wall_s
    return seconds


async def _plain(conn: Connection, name: str) -> None:
    """An empty table with the same columns, and no key or index."""
    await conn.execute(text(f"CREATE TABLE {COPY}{name} AS SELECT * FROM {name} WHERE 1 = 0"))


async def _twin(conn: Connection, name: str) -> None:
    """An empty table like that one, with its key and indices."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"CREATE TABLE {COPY}{name} (LIKE {name} INCLUDING ALL)"))
        return
    made = text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL AND type <> 'trigger'")
    for kind, sql in (await conn.execute(made, {"name": name})).all():
        if kind == "table":
            twin = sql.replace(f"CREATE TABLE {name}", f"CREATE TABLE {COPY}{name}")
        else:
            twin = sql.replace("INDEX ", f"INDEX {COPY}", 1).replace(f" ON {name} ", f" ON {COPY}{name} ")
        await conn.exec_driver_sql(twin)
