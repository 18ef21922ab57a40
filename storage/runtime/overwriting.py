"""Overwriting deleted data: a database keeps it in pages, in its log and in dead rows until their space is used again.

The transaction that deletes also notes that data is to be overwritten, so that after a kill in between it is still
done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import Database
from storage.schema import (
    calendar_entries,
    case_events,
    cases,
    chat_turns,
    chats,
    consents,
    contacts,
    customers,
    erasures,
    file_pieces,
    floods,
    held_words,
    holds,
    kept_files,
    lane_claims,
    link_changes,
    link_failures,
    link_payloads,
    link_requests,
    links,
    locked_readings,
    locked_records,
    notices,
    outgoing_events,
    pending_overwrites,
    plan_answers,
    ratings,
    refused_rows,
    relays,
    survey_answers,
    survey_invitations,
    talk_files,
    updates,
    wallet_events,
)

MOST_WRITTEN_ANEW = 256 << 20  # bytes of a table of PostgreSQL: some seconds, in which nobody else uses it
TOUCHED = (
    *(calendar_entries, case_events, cases, chat_turns, chats, consents, contacts, customers, erasures, floods, holds),
    *(
        lane_claims,
        link_changes,
        link_failures,
        link_payloads,
        link_requests,
        links,
        locked_readings,
        locked_records,
        notices,
        outgoing_events,
        plan_answers,
        ratings,
        held_words,
        kept_files,
        file_pieces,
        refused_rows,
        relays,
        talk_files,
        survey_answers,
        survey_invitations,
        updates,
    ),
    wallet_events,
)


class StillInUse(RuntimeError):
    """Somebody still reads the earlier data, so SQLite's log cannot be emptied, or PostgreSQL keeps its rows."""


async def to_overwrite(conn: AsyncConnection, now: datetime) -> None:
    """Notes that deleted data is to be overwritten; to be called in the transaction that deletes."""
    await conn.execute(insert(pending_overwrites).values(erased_at=now))


async def overwrite(db: Database) -> list[str]:
    """Overwrites deleted data, and removes the notes about it. SQLite's file is rewritten and its log emptied.
    PostgreSQL's tables are rewritten, except those that are so large that others would have to wait long: these are
    only cleared of dead rows, whose bytes stay until the space is used again, and are returned. Raises `StillInUse`,
    and the errors of a database that is unavailable or has no space."""
    large: list[str] = []
    async with db.read() as conn:
        last = (await conn.execute(select(func.max(pending_overwrites.c.overwrite_id)))).scalar()
    if db.is_sqlite:
        await _alone(db, ["VACUUM"])
        [(busy, *_)] = await _alone(db, ["PRAGMA wal_checkpoint(TRUNCATE)"])
        if busy:
            raise StillInUse
    else:
        await _nobody_sees_it(db)
        async with db.read() as conn:
            for table in TOUCHED:
                size = (await conn.execute(text("SELECT pg_total_relation_size(:name)"), {"name": table.name})).scalar()
                large += [table.name] if (size or 0) > MOST_WRITTEN_ANEW else []
        await _alone(db, [f'VACUUM {"" if t.name in large else "FULL "}"{t.name}"' for t in TOUCHED])
    if last is not None:
        async with db.write() as conn:
            await conn.execute(delete(pending_overwrites).where(pending_overwrites.c.overwrite_id <= last))
    return large


# A snapshot that is older than the deletion keeps the deleted rows alive, so that a rewritten table has them again. It
# may be one of this database, or of a connection that is only being made and belongs to none yet. Snapshots that are
# still to be taken, such as that of the rewriting itself, reach back to the oldest transaction that writes, be it in
# another database of the server.
_OLDER_SNAPSHOTS = """
SELECT pg_snapshot_xmin(pg_current_snapshot()) <= CAST(CAST(:mark AS text) AS xid8) OR EXISTS (
    SELECT 1 FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND age(backend_xmin) > age(CAST(CAST(:mark AS text) AS xid8)::xid)
    AND (coalesce(datid, 0) = 0 OR datname = current_database())
)
"""


async def _nobody_sees_it(db: Database) -> None:
    """Waits a moment for those who still see what was deleted; raises `StillInUse` if somebody still does then."""
    async with db.write() as conn:
        mark = (await conn.execute(text("SELECT pg_current_xact_id()::text"))).scalar()
    for pause_s in (0.05, 0.2, 0.5, 0):
        async with db.read() as conn:
            older = (await conn.execute(text(_OLDER_SNAPSHOTS), {"mark": mark})).scalar()
        if not older:
            return
        await asyncio.sleep(pause_s)
    raise StillInUse


async def is_due(conn: AsyncConnection, before: datetime) -> bool:
    """Whether data that was deleted before `before` is still to be overwritten."""
    query = select(pending_overwrites.c.overwrite_id).where(pending_overwrites.c.erased_at < before).limit(1)
    return (await conn.execute(query)).first() is not None


async def _alone(db: Database, statements: Iterable[str]) -> list[tuple[Any, ...]]:
    """Runs statements outside transactions; returns the rows of the last one."""
    rows: list[tuple[Any, ...]] = []
    async with db.outside_transactions() as conn:
        for statement in statements:
            result = await conn.execute(text(statement))
            rows = [tuple(row) for row in result.all()] if result.returns_rows else []
    return rows
