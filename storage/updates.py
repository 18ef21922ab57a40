"""The inbox: every update from Telegram is written down before Telegram is told that it was received.

An update that comes twice is one row, so it is handled once; one that was being handled when the program was killed
is still waiting when it starts again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import insert
from storage.schema import updates


@dataclass(frozen=True, slots=True)
class Received:
    """One update: its JSON, and the lane whose updates are handled one after the other. With an `error` it is put aside
    as it comes."""

    update_id: int
    lane: str
    body: str
    attempts: int = 0
    error: str = ""


async def receive(conn: AsyncConnection, batch: Sequence[Received], now: datetime) -> int:
    """Writes updates down; those known already are left as they are. Returns how many were new."""
    rows = [
        {
            "update_id": u.update_id,
            "lane": u.lane,
            "body": u.body,
            "received_at": now,
            "state": "failed" if u.error else "waiting",
            "error": u.error or None,
            "ended_at": now if u.error else None,
        }
        for u in batch
    ]
    if not rows:
        return 0
    return (await conn.execute(insert(conn, updates).values(rows).on_conflict_do_nothing())).rowcount


async def waiting(conn: AsyncConnection, limit: int, after: int | None = None) -> list[Received]:
    """The oldest updates that wait, those above `after` only."""
    query = select(updates.c.update_id, updates.c.lane, updates.c.body, updates.c.attempts).where(
        updates.c.state == "waiting"
    )
    if after is not None:
        query = query.where(updates.c.update_id > after)
    rows = (await conn.execute(query.order_by(updates.c.update_id).limit(limit))).all()
    return [Received(row.update_id, row.lane, row.body, row.attempts) for row in rows]


async def any_waits(conn: AsyncConnection, lane: str) -> bool:
    """Whether anything of this lane is still to be handled."""
    here = select(updates.c.update_id).where(updates.c.state == "waiting", updates.c.lane == lane).limit(1)
    return (await conn.execute(here)).first() is not None


async def handled(conn: AsyncConnection, update_id: int, now: datetime) -> None:
    """Done; what it said is not kept."""
    await conn.execute(
        update(updates).where(updates.c.update_id == update_id).values(state="done", body="", ended_at=now)
    )


async def failed(conn: AsyncConnection, update_id: int, error: str, now: datetime, *, for_good: bool) -> None:
    changes = {"attempts": updates.c.attempts + 1, "error": error}
    if for_good:
        changes |= {"state": "failed", "body": "", "ended_at": now}
    await conn.execute(update(updates).where(updates.c.update_id == update_id).values(**changes))


async def forget_before(conn: AsyncConnection, before: datetime) -> int:
    """Drops handled updates that are too old to be repeated."""
    old = delete(updates).where(updates.c.state != "waiting", updates.c.received_at < before)
    return (await conn.execute(old)).rowcount


async def count_waiting(conn: AsyncConnection) -> int:
    return int((await conn.execute(select(func.count()).where(updates.c.state == "waiting"))).scalar_one())
