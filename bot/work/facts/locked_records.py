"""What the law requires of a forgotten customer: it goes by itself when its day is over, and is read only by an
operator who says why (`duebot locked`)."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TextIO

import structlog

from bot.work.facts.export import cell
from storage.facts import locked_records
from storage.runtime.engine import Database

log = structlog.get_logger()

COLUMNS = ("at", "channel", "direction", "kind", "body", "kept_through")


async def drop_over(db: Database, now: datetime) -> int:
    """Removes the records whose day is over. Call it about once an hour: the overwriting of what was erased follows."""
    async with db.write() as conn:
        gone = await locked_records.drop_over(conn, now)
    if gone:
        log.info("records of forgotten customers are no longer required, and are removed", records=gone)
    return gone


async def write_out(db: Database, customer_id: str, because: str, out: TextIO, now: datetime) -> int:
    """Writes what is locked away of a customer as CSV, and notes that and why it was read; returns how many records."""
    async with db.write() as conn:
        found = await locked_records.read(conn, customer_id, because, now)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(getattr(record, name)) for name in COLUMNS] for record in found)
    return len(found)
