"""The message in a group that shows the queue: which one it is, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import live_queues


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """`shows` is a digest of its content, `pinned` also true if the bot may not pin it."""

    message_id: int
    shows: str
    changed_at: datetime
    pinned: bool


async def message_of(conn: AsyncConnection, chat_id: int) -> LiveMessage | None:
    """The group's message; None if there never was one."""
    row = (await conn.execute(_message(), {"given_chat_id": chat_id})).first()
    return LiveMessage(row.message_id, row.shows, row.changed_at, row.pinned) if row else None


@prepared
def _message() -> Select[*tuple[Any, ...]]:
    return select(live_queues).where(live_queues.c.chat_id == bindparam("given_chat_id"))


async def keep_message(conn: AsyncConnection, chat_id: int, message: LiveMessage) -> None:
    """Stores the group's message, in place of an earlier one."""
    row = {
        "chat_id": chat_id,
        "message_id": message.message_id,
        "shows": message.shows,
        "changed_at": message.changed_at,
        "pinned": message.pinned,
    }
    await put(conn, live_queues, ["chat_id"], row)


async def note_pinned(conn: AsyncConnection, chat_id: int) -> None:
    await conn.execute(_pinned(), {"given_chat_id": chat_id})


@prepared
def _pinned() -> Update:
    this = live_queues.c.chat_id == bindparam("given_chat_id", type_=live_queues.c.chat_id.type)
    return update(live_queues).where(this).values(pinned=True)
