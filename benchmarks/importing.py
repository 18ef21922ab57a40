"""Importing a wallet's files: rows a second at first and again unchanged, beside a raw load of the same files and a
copy of the same rows, and peak memory for a size and four times the size. Each import runs in its own process, whose
peak the system reports."""

from __future__ import annotations

import asyncio
import csv
import gc
import json
import resource
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import wallet
from benchmarks.measuring import Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from bot.cli import GARBAGE
from bot.cli.facts import short_turns
from bot.work.facts.import_run import import_paths
from storage.runtime.engine import PRAGMAS, Database
from storage.runtime.migrate import upgrade
from storage.schema import accounts, customers, instalments, payments

ABOUT = (
    "Raw: the same files into bare tables, by COPY, or by executemany from a CSV reader. Same tables: the imported rows"
    " once more into duebot's own tables of a new database, with their keys, indices and triggers, by COPY or INSERT …"
    " SELECT: what any import has to take. Again: the same files, with nothing to change. CPU: of duebot's process in"
    " the first import, with SQLite but without PostgreSQL's server, so that there is no ratio for this."
)
FACTS = (customers, accounts, instalments, payments)
TO_MB = 1 / 1024 if sys.platform == "linux" else 1 / 1024**2  # of ru_maxrss


@dataclass(frozen=True, slots=True)
class Extent:
    """The smaller wallet, and how many times as big the other is."""

    customers: int = 2000
    times: int = 4

    @classmethod
    def of(cls, customers: int) -> Extent:
        return cls(customers // cls().times)


async def importing(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    with places() as there, tempfile.TemporaryDirectory() as folder:
        sizes = []
        for times in (1, extent.times):
            files = Path(folder) / str(times)
            files.mkdir()
            sizes.append((times, files, wallet.write_wallet(files, extent.customers * times)))
        for kind in KINDS:
            peak_of_one = 0.0
            for times, files, size in sizes:
                raw = await _load_raw(await there.address(kind), files)
                address = await there.address(kind)
                found = await _in_process(address, files)
                async with there.database(kind) as copy:
                    same = await _copy(address, copy)
                peak_of_one = peak_of_one or found["peak_mb"]
                rows.append(
                    (
                        *(kind, f"{times} ×", size.rows, size.rows / raw.wall_s, size.rows / found["first_s"]),
                        *(found["first_s"] / raw.wall_s, same.wall_s / raw.wall_s, found["first_s"] / same.wall_s),
                        *(found["first_cpu_s"] * 1e6 / size.rows, _of(found["first_cpu_s"], raw.cpu_s, kind)),
                        *(size.rows / found["again_s"], found["first_s"] / found["again_s"]),
                        *(found["peak_mb"], found["peak_mb"] / peak_of_one),
                    )
                )
    columns = ("database", "size", "rows", "rows/s raw", "rows/s first", "first, × raw", "same tables, × raw")
    columns += ("first, × same tables", "CPU µs a row", "CPU, × raw", "rows/s again", "again ÷ first")
    columns += ("peak MB", "peak, × of 1 ×")
    return [Table("import", columns, rows, ABOUT)]


def _of(cpu_s: float, raw_cpu_s: float, kind: str) -> Cell:
    """PostgreSQL's own processor time is in neither, so that there is no ratio."""
    return cpu_s / raw_cpu_s if kind == "sqlite" else "-"


async def _load_raw(address: str, files: Path) -> Spent:
    """What it takes to load the files as they are into bare tables: by COPY, or by executemany from a CSV reader."""
    with Spent() as spent:
        if address.startswith("sqlite"):
            _load_sqlite(address.removeprefix("sqlite:///"), files)
        else:
            await _load_postgresql(address, files)
    return spent


def _load_sqlite(path: str, files: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        for name, header in wallet.HEADERS.items():
            columns = header.split()
            db.execute(f"CREATE TABLE raw_{name} ({columns[0]} TEXT PRIMARY KEY, {', '.join(columns[1:])})")
            db.execute("BEGIN IMMEDIATE")
            with (files / f"{name}.csv").open(newline="", encoding="utf-8") as file:
                rows = csv.reader(file)
                next(rows)
                marks = ", ".join("?" * len(columns))
                db.executemany(f"INSERT INTO raw_{name} VALUES ({marks})", rows)
            db.execute("COMMIT")


async def _load_postgresql(address: str, files: Path) -> None:
    connection = await asyncpg.connect(address)
    try:
        for name, header in wallet.HEADERS.items():
            first, *others = header.split()
            columns = ", ".join([f"{first} text PRIMARY KEY", *(f"{column} text" for column in others)])
            await connection.execute(f"CREATE TABLE raw_{name} ({columns})")
            await connection.copy_to_table(f"raw_{name}", source=files / f"{name}.csv", format="csv", header=True)
    finally:
        await connection.close()


async def _copy(address: str, to: Database) -> Spent:
    """What it takes to write the facts of one database into another one."""
    names = {table.name: [column.name for column in table.c if column.computed is None] for table in FACTS}
    if to.is_sqlite:
        with closing(sqlite3.connect(str(to.path), isolation_level=None)) as db, Spent() as spent:
            for pragma in PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            db.execute("ATTACH ? AS imported", [address.removeprefix("sqlite:///")])
            db.execute("BEGIN IMMEDIATE")
            for table, columns in names.items():
                listed = ", ".join(columns)
                db.execute(f"INSERT INTO main.{table} ({listed}) SELECT {listed} FROM imported.{table} ORDER BY rowid")
            db.execute("COMMIT")
        return spent
    total = Spent()
    imported = await asyncpg.connect(address)
    new = await asyncpg.connect(to.url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        for table, columns in names.items():
            with tempfile.TemporaryFile() as rows:
                await imported.copy_from_table(table, columns=columns, output=rows, format="binary")
                rows.seek(0)
                with Spent() as spent_on_table:
                    await new.copy_to_table(table, source=rows, columns=columns, format="binary")
            total.wall_s += spent_on_table.wall_s
    finally:
        await imported.close()
        await new.close()
    return total


async def _in_process(address: str, files: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.importing", str(files)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(address.encode())
    assert process.returncode == 0, "the import failed; what it said is above"
    found: dict[str, Any] = json.loads(out)
    return found


async def _import_twice(address: str, files: Path) -> dict[str, float]:
    database = Database(address)
    try:
        await upgrade(database)
        first, again = Spent(), Spent()
        for spent, outcome in ((first, "added"), (again, "same")):
            with spent, short_turns():  # as the program does
                report = await import_paths(database, [files], wallet.NOW)
            assert report.ok and all(getattr(counts, outcome) for counts in report.counts.values()), report.as_json()
    finally:
        await database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"first_s": first.wall_s, "first_cpu_s": first.cpu_s, "again_s": again.wall_s, "peak_mb": peak * TO_MB}


if __name__ == "__main__":
    gc.set_threshold(*GARBAGE)  # as the program does
    sys.stdout.write(json.dumps(asyncio.run(_import_twice(sys.stdin.read().strip(), Path(sys.argv[1])))))
