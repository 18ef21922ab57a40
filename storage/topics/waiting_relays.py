"""What has waited for some seconds to be passed on, between a customer's chat and a topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.prepared import prepared
from storage.schema import cases, relays
from storage.topics.relays import UNDONE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that still waits: where it comes from, and the topic of its case, which may not be there yet."""

    case_id: int
    direction: str
    source: tuple[int, int]
    chat_id: int | None
    thread_id: int | None


async def waiting_since(conn: AsyncConnection, after: datetime, before: datetime, limit: int) -> list[Waiting]:
    """Messages that have waited since between these instants, longest first."""
    values = {"given_after": after, "given_before": before}
    return [
        Waiting(row.case_id, row.direction, (row.source_chat, row.source_message), row.chat_id, row.thread_id)
        for row in (await conn.execute(_waiting_since(limit), values)).all()
    ]


@prepared
def _waiting_since(limit: int) -> Select[*tuple[Any, ...]]:
    after, before = (bindparam(name, type_=relays.c.at.type) for name in ("given_after", "given_before"))
    return (
        select(relays.c.case_id, relays.c.direction, relays.c.source_chat, relays.c.source_message)
        .add_columns(cases.c.chat_id, cases.c.thread_id)
        .join(cases, cases.c.case_id == relays.c.case_id)
        .where(UNDONE, relays.c.at > after, relays.c.at < before)
        .order_by(relays.c.relay_id)
        .limit(limit)
    )
