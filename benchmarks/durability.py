"""The cost of waiting for the disk with each transaction on SQLite: updates stored one at a time, twenty in a
transaction (as they come from Telegram), and by twenty writers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event

from benchmarks import wallet
from benchmarks.measuring import Rate, Spent
from benchmarks.places import Places, places
from benchmarks.report import Cell, Table
from storage.runtime import updates
from storage.runtime.engine import Database
from storage.runtime.migrate import upgrade
from storage.runtime.updates import Received

COUNT = 600
TOGETHER = 20
BODY = "x" * 800  # as long as a message with its sender is


async def durability(count: int = COUNT) -> list[Table]:
    rows: list[tuple[Cell, ...]] = []
    with places() as there:
        for how, batch, writers in (("one by one", 1, 1), ("in batches", TOGETHER, 1), ("side by side", 1, TOGETHER)):
            rates = {}
            for mode in ("NORMAL", "FULL"):
                async with _database(there, mode) as db:
                    rates[mode] = await _rate(db, count, batch, writers)
            rows.append((how, rates["NORMAL"].per_s, rates["FULL"].per_s, rates["FULL"].per_s / rates["NORMAL"].per_s))
    columns = ("how", "updates/s without waiting", "updates/s", "× of that")
    return [Table("durability", columns, rows, f"{count} updates, {TOGETHER} in a batch or at once.")]


@asynccontextmanager
async def _database(there: Places, mode: str) -> AsyncIterator[Database]:
    db = Database(await there.address("sqlite"))

    @event.listens_for(db.engine.sync_engine, "connect")
    def _set(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA synchronous = {mode}")
        cursor.close()

    try:
        await upgrade(db)
        yield db
    finally:
        await db.close()


async def _rate(db: Database, count: int, batch: int, writers: int) -> Rate:
    numbers = iter(range(0, count, batch))

    async def write() -> None:
        for first in numbers:
            received = [Received(n, str(n), BODY) for n in range(first, first + batch)]
            async with db.write() as conn:
                await updates.receive(conn, received, wallet.NOW)

    with Spent() as spent:
        await asyncio.gather(*(write() for _ in range(writers)))
    return Rate.of(count, spent)
