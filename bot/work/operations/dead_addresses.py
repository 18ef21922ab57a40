"""Customers whose address on a channel is dead, for those who can find better ones: page by page, and as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot.work.facts.spreadsheets import csv_lines, guarded
from storage.operations import dead_addresses
from storage.operations.dead_addresses import DeadAddress
from storage.runtime.engine import Database

ROWS, A_TIME = 100, 1000
COLUMNS = ("customer_id", "channel", "reason", "since")


async def read_dead(db: Database, channel: str, reason: str, after: str) -> tuple[Sequence[DeadAddress], str]:
    """A page of them, and after which customer the next one begins; empty if there is none."""
    async with db.read() as conn:
        found = await dead_addresses.dead_addresses(conn, channel, reason, after, ROWS + 1)
    return found[:ROWS], found[ROWS - 1].customer_id if len(found) > ROWS else ""


async def dead_as_csv(db: Database, channel: str, reason: str) -> AsyncIterator[str]:
    """All of them, without names."""
    yield csv_lines([COLUMNS])
    after = ""
    while True:
        async with db.read() as conn:
            found = await dead_addresses.dead_addresses(conn, channel, reason, after, A_TIME)
        if not found:
            return
        yield csv_lines([(guarded(one.customer_id), channel, reason, one.since.isoformat()) for one in found])
        after = found[-1].customer_id
