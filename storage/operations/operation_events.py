"""What was done about agents, auditors, keys and hooks, and who read refused rows of files: for the audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.operations.audit_log import OperationKind
from storage.runtime.engine import insert
from storage.schema import operation_events


async def note(
    conn: AsyncConnection,
    kind: OperationKind,
    subject: str,
    now: datetime,
    *,
    detail: str = "",
    actor_id: int | None = None,
) -> None:
    """`subject` is the name of whom or what it was done to; `actor_id` None: an operator did it."""
    row = {"at": now, "kind": kind, "actor_id": actor_id, "subject": subject, "detail": detail}
    await conn.execute(insert(conn, operation_events).values(**row))


async def note_once(
    conn: AsyncConnection, kind: OperationKind, subject: str, now: datetime, since: datetime, *, actor_id: int
) -> None:
    """The same, if it was not noted since then: a page that is open is read again and again."""
    e = operation_events.c
    same = (e.kind == kind, e.subject == subject, e.actor_id == actor_id, e.at > since)
    if (await conn.execute(select(e.event_id).where(*same).limit(1))).first() is None:
        await note(conn, kind, subject, now, actor_id=actor_id)


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(operation_events).where(operation_events.c.at < before))
