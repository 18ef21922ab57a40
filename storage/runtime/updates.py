"""The inbox: every update from Telegram is stored before Telegram is told that it was received.

An update that comes twice is one row, so it is handled once. An update that was being handled when the program was
killed still waits when it starts again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.runtime.inbox_shares import Kind, Share
from storage.runtime.engine import insert
from storage.schema import updates

WAITS = updates.c.state == literal_column("'waiting'")  # a literal, so that the partial index is used


@dataclass(frozen=True, slots=True)
class Received:
    """One update: its JSON, and its lane; updates of a lane are handled one after the other. An update with an `error`
    is put aside at once. `sender` (0: nobody) and `kind` decide its share (`bot.rules.runtime.inbox_shares`)."""

    update_id: int
    lane: str
    body: str
    attempts: int = 0
    error: str = ""
    sender: int = 0
    kind: Kind = "other"
    share: Share = "stranger"


def lane_of_topic(chat_id: int, thread_id: int | None) -> str:
    return f"{chat_id}:topic:{thread_id}"


async def receive(conn: AsyncConnection, batch: Sequence[Received], now: datetime) -> int:
    """Stores updates; known ones are left unchanged. Returns how many were new."""
    rows = [
        {
            "update_id": u.update_id,
            "lane": u.lane,
            "body": u.body,
            "received_at": now,
            "state": "failed" if u.error else "waiting",
            "error": u.error or None,
            "ended_at": now if u.error else None,
            "share": u.share,
        }
        for u in batch
    ]
    if not rows:
        return 0
    return (await conn.execute(insert(conn, updates).values(rows).on_conflict_do_nothing())).rowcount


async def in_turn(conn: AsyncConnection, share: str, of_each: int, limit: int) -> list[tuple[str, int]]:
    """Waiting updates of a share, as (lane, update id): the oldest of each lane, then the second of each, and so on up
    to `of_each`. Their JSON is not read."""
    turn = func.row_number().over(partition_by=updates.c.lane, order_by=updates.c.update_id).label("turn")
    turns = select(updates.c.lane, updates.c.update_id, turn).where(WAITS, updates.c.share == share).subquery()
    query = select(turns.c.lane, turns.c.update_id).where(turns.c.turn <= of_each)
    rows = await conn.execute(query.order_by(turns.c.turn, turns.c.update_id).limit(limit))
    return [(row.lane, row.update_id) for row in rows]


async def begin(conn: AsyncConnection, update_id: int, now: datetime) -> Received | None:
    """Takes an update for handling and counts the attempt before it starts; None if the update no longer waits."""
    taken = (
        update(updates)
        .where(updates.c.update_id == update_id, updates.c.state == "waiting")
        .values(attempts=updates.c.attempts + 1, begun_at=now)
        .returning(updates.c.lane, updates.c.body, updates.c.attempts)
    )
    row = (await conn.execute(taken)).first()
    return Received(update_id, row.lane, row.body, row.attempts) if row else None


async def discard_attempt(conn: AsyncConnection, update_id: int) -> None:
    """Takes back the count of an attempt that did not end for a reason outside the update."""
    changes = {"attempts": updates.c.attempts - 1, "begun_at": None}
    begun = (updates.c.update_id == update_id, updates.c.state == "waiting", updates.c.begun_at.is_not(None))
    await conn.execute(update(updates).where(*begun).values(**changes))


async def updates_in_progress(conn: AsyncConnection) -> set[int]:
    """The ids of updates that were being handled when a process was killed."""
    return set(
        (await conn.execute(select(updates.c.update_id).where(WAITS, updates.c.begun_at.is_not(None)))).scalars()
    )


async def last_not_begun(conn: AsyncConnection, lane: str) -> Received | None:
    """The last waiting update of a lane, if its handling has not begun; the lock keeps it so until the transaction
    ends."""
    query = select(updates.c.update_id, updates.c.body, updates.c.begun_at, updates.c.attempts)
    query = query.where(WAITS, updates.c.lane == lane).order_by(updates.c.update_id.desc()).limit(1).with_for_update()
    row = (await conn.execute(query)).first()
    return Received(row.update_id, lane, row.body) if row and row.begun_at is None and not row.attempts else None


async def rewrite(conn: AsyncConnection, update_id: int, body: str) -> None:
    await conn.execute(update(updates).where(updates.c.update_id == update_id).values(body=body))


async def any_waits(conn: AsyncConnection, lane: str) -> bool:
    """Whether any update of this lane is still to be handled."""
    here = select(updates.c.update_id).where(updates.c.state == "waiting", updates.c.lane == lane).limit(1)
    return (await conn.execute(here)).first() is not None


async def mark_handled(conn: AsyncConnection, update_id: int, now: datetime) -> None:
    """Marks an update as handled, and deletes its content."""
    done = {"state": "done", "body": "", "ended_at": now, "begun_at": None}
    await conn.execute(update(updates).where(updates.c.update_id == update_id).values(**done))


async def mark_failed(conn: AsyncConnection, one: Received, now: datetime, *, for_good: bool) -> None:
    """Stores that an attempt has failed with `one.error`; `one.attempts` counts them. `for_good`: none follows."""
    changes: dict[str, Any] = {"attempts": one.attempts, "error": one.error, "begun_at": None}
    if for_good:
        changes |= {"state": "failed", "body": "", "ended_at": now}
    await conn.execute(update(updates).where(updates.c.update_id == one.update_id).values(**changes))


async def forget_before(conn: AsyncConnection, before: datetime) -> int:
    """Deletes handled updates that are so old that Telegram no longer repeats them. Returns how many."""
    old = delete(updates).where(updates.c.state != "waiting", updates.c.received_at < before)
    return (await conn.execute(old)).rowcount


async def count_waiting(conn: AsyncConnection) -> int:
    return int((await conn.execute(select(func.count()).where(updates.c.state == "waiting"))).scalar_one())
