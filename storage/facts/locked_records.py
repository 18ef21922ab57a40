"""Records that the law requires of a forgotten customer: locked away from everything else, each until its own day.

Only `bot.work.facts.locked_records` uses this: no handler, agent, export or API sees what is here
(`tests/work/facts/test_locked_records.py`). A row has what was written when and by which way, and the wallet's own
customer_id: no name, no number, no account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.overwriting import to_overwrite
from storage.schema import contacts, locked_readings, locked_records


@dataclass(frozen=True, slots=True)
class LockedRecord:
    """One message of either side."""

    at: datetime
    channel: str
    direction: str
    kind: str
    body: str
    kept_through: date


async def lock(conn: AsyncConnection, customer_id: str, days: int, packs: Sequence[str], now: datetime) -> int:
    """Locks away what was written to or by the customer and has to be kept for so many days; returns how many records
    were locked away. Call it before the words are erased; a second call adds what came in meanwhile."""
    columns = (contacts.c.at, contacts.c.channel, contacts.c.direction, contacts.c.kind, contacts.c.body)
    written = select(*columns).where(contacts.c.customer_id == customer_id, contacts.c.body.is_not(None))
    rows = [
        {
            "customer_id": customer_id,
            "at": row.at,
            "channel": row.channel,
            "direction": row.direction,
            "kind": row.kind,
            "body": row.body,
            "kept_through": (row.at + timedelta(days=days)).date(),
            "packs": ",".join(packs),
        }
        for row in (await conn.execute(written.order_by(contacts.c.contact_id))).all()
    ]
    kept = [row for row in rows if row["kept_through"] >= now.date()]
    if kept:
        await conn.execute(insert(locked_records), kept)
    return len(kept)


async def read(conn: AsyncConnection, customer_id: str, because: str, now: datetime) -> list[LockedRecord]:
    """What is locked away of a customer; who reads it leaves a reason."""
    names = LockedRecord.__dataclass_fields__
    theirs = select(*(locked_records.c[name] for name in names)).where(locked_records.c.customer_id == customer_id)
    found = [LockedRecord(**row._mapping) for row in (await conn.execute(theirs.order_by(locked_records.c.at))).all()]
    if found:
        reading = {"customer_id": customer_id, "at": now, "because": because, "records": len(found)}
        await conn.execute(insert(locked_readings), [reading])
    return found


async def drop_over(conn: AsyncConnection, now: datetime) -> int:
    """Removes what need not be kept any more, and who read it with the last of it; returns how many records went."""
    gone = (await conn.execute(delete(locked_records).where(locked_records.c.kept_through < now.date()))).rowcount
    if gone:
        still = select(locked_records.c.customer_id)
        await conn.execute(delete(locked_readings).where(locked_readings.c.customer_id.not_in(still)))
        await to_overwrite(conn, now)
    return gone


async def count(conn: AsyncConnection) -> tuple[int, date | None]:
    """How many records are locked away, and through which day the last of them is kept."""
    query = select(func.count(), func.max(locked_records.c.kept_through)).select_from(locked_records)
    row = (await conn.execute(query)).one()
    return int(row[0]), row[1]
