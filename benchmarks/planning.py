"""A round of planning over a whole wallet: the first, which plans all that is due; the next, with nothing new; and the
guard's part of a minute.

The customers are imported as a bank would deliver them, copied to the wanted number and linked; none of their debts was
told before. Bare is one INSERT … SELECT for each table into which the first round wrote, of the same rows into a table
with the same indices.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

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
        *("database", "customers", "notices planned", "cases opened", "first round s", "bare s", "first ÷ bare"),
        *("quiet round CPU ms", "guard CPU µs a customer"),
    )
    note = "A quiet round must not grow with the wallet. The guard looks at a fiftieth of the customers in each minute."
    return [Table("planning", columns, rows, note)]


async def _rounds(db: Database, kind: str, customers: int) -> tuple[Cell, ...]:
    first, done = await _round(db)
    bare = await _bare(db)
    await guard(db, await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW), wallet.NOW)
    quiet = [await _round(db) for _ in range(QUIET)]
    assert done.notices and not any(nothing for _, nothing in quiet), (done, quiet)
    book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
    with Spent() as spent:
        walked = await guard(db, book, wallet.NOW + timedelta(minutes=10))
    return (
        *(kind, customers, done.notices, done.cases_opened, first.wall_s, bare, first.wall_s / bare),
        *(1000 * sum(its.cpu_s for its, _ in quiet) / QUIET, 1e6 * spent.cpu_s / max(1, walked.looked_at)),
    )


async def _round(db: Database) -> tuple[Spent, Planned]:
    """What a round took, and what it did."""
    with Spent() as spent:
        book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
        done = await plan_due(db, book, wallet.NOW)
    return spent, done


async def _bare(db: Database) -> float:
    """Seconds for one INSERT … SELECT of each table's rows."""
    async with db.write() as conn:
        for table in WRITTEN:
            await _twin(conn, table.name)
    with Spent() as spent:
        for table in WRITTEN:
            names = ", ".join(column.name for column in table.c if column.computed is None)
            async with db.write() as conn:
                await conn.execute(text(f"INSERT INTO bare_{table.name} ({names}) SELECT {names} FROM {table.name}"))
    async with db.write() as conn:
        for table in WRITTEN:
            counted = await conn.execute(select(func.count()).select_from(table))
            copied = await conn.execute(text(f"SELECT count(*) FROM bare_{table.name}"))
            assert counted.scalar_one() == copied.scalar_one()
            await conn.execute(text(f"DROP TABLE bare_{table.name}"))
    return spent.wall_s


async def _twin(conn: Connection, name: str) -> None:
    """An empty table like that one, with its indices."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"CREATE TABLE bare_{name} (LIKE {name} INCLUDING ALL)"))
        return
    made = text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL AND type <> 'trigger'")
    for kind, sql in (await conn.execute(made, {"name": name})).all():
        if kind == "table":
            twin = sql.replace(f"CREATE TABLE {name}", f"CREATE TABLE bare_{name}")
        else:
            twin = sql.replace("INDEX ", "INDEX bare_", 1).replace(f" ON {name} ", f" ON bare_{name} ")
        await conn.exec_driver_sql(twin)
