"""A round of planning over a whole wallet: the first, which plans everything due, and the next, with nothing new.

The customers are imported from files like a bank's, copied to the wanted number and linked; they were told of none of
their debts before. The rows considered are all known instalments.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import wallet
from benchmarks.measuring import Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from bot.policies import load_policy
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import open_book
from bot.work.runtime.planning_round import Planned, plan
from storage.runtime.engine import Database
from storage.schema import instalments


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers are imported, and how many times as many are planned for: the others are copies of them."""

    customers: int = 3000
    times: tuple[int, ...] = (10,)


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
        *("database", "customers", "instalments", "notices planned", "cases opened"),
        *("first round s", "rows/s", "next round s", "rows/s again", "next ÷ first"),
    )
    return [Table("planning", columns, rows, "The running program makes a round every minute, and when facts change.")]


async def _rounds(db: Database, kind: str, customers: int) -> tuple[Cell, ...]:
    async with db.read() as conn:
        known = (await conn.execute(select(func.count()).select_from(instalments))).scalar_one()
    first, done = await _round(db)
    again, nothing = await _round(db)
    assert done.notices and not nothing, (done, nothing)
    return (
        *(kind, customers, known, done.notices, done.cases_opened),
        *(first, known / first, again, known / again, again / first),
    )


async def _round(db: Database) -> tuple[float, Planned]:
    """Seconds that a round took, and what it did."""
    with Spent() as spent:
        book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
        done = await plan(db, book, wallet.NOW)
    return spent.wall_s, done
