"""Relays: what an agent and a customer say to each other through the bot, in order, with a map of message ids.

A relay is written down when the message arrives, and taken out of the waiting ones only when Telegram has answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import insert
from storage.schema import relays


@dataclass(frozen=True, slots=True)
class Relay:
    """One message (or edit) to be passed on. `direction` is in (to the topic) or out (to the customer); `kind` is
    text, copy, edit_text, edit_caption or edit_media; `content` is JSON as the handlers wrote it."""

    relay_id: int
    case_id: int
    direction: str
    kind: str
    source_chat: int
    source_message: int
    reply_to: int | None
    content: str


async def add(
    conn: AsyncConnection,
    case_id: int,
    direction: str,
    kind: str,
    source: tuple[int, int],
    now: datetime,
    *,
    content: str = "",
    reply_to: int | None = None,
    revision: int = 0,
) -> bool:
    """Writes down a message to pass on; False if it was written down before (the update was repeated)."""
    row = {
        "case_id": case_id,
        "direction": direction,
        "kind": kind,
        "source_chat": source[0],
        "source_message": source[1],
        "revision": revision,
        "reply_to": reply_to,
        "content": content,
        "at": now,
        "state": "waiting",
    }
    return (await conn.execute(insert(conn, relays).values(**row).on_conflict_do_nothing())).rowcount > 0


async def cases_with_words(conn: AsyncConnection) -> list[int]:
    """Cases that have something to pass on, longest waiting first."""
    undone = relays.c.state.in_(("waiting", "attempted"))
    query = select(relays.c.case_id).where(undone).group_by(relays.c.case_id).order_by(func.min(relays.c.relay_id))
    return list((await conn.execute(query)).scalars())


async def claim_first(
    conn: AsyncConnection,
    case_id: int,
    worker: str,
    now: datetime,
    lost_before: datetime,
    *,
    directions: tuple[str, ...],
) -> Relay | None:
    """Takes the case's oldest relay that is not done. What another worker took before `lost_before` and did not
    finish was cut short by a kill and is taken again."""
    undone = relays.c.state.in_(("waiting", "attempted"))
    first = (
        select(relays.c.relay_id)
        .where(relays.c.case_id == case_id, undone, relays.c.direction.in_(directions))
        .order_by(relays.c.relay_id)
        .limit(1)
        .scalar_subquery()
    )
    free = or_(
        relays.c.state == "waiting",
        and_(relays.c.claimed_by != worker, relays.c.claimed_at < lost_before),
    )
    taken = (
        update(relays)
        .where(relays.c.relay_id == first, free)
        .values(state="attempted", claimed_by=worker, claimed_at=now)
        .returning(
            relays.c.relay_id,
            relays.c.case_id,
            relays.c.direction,
            relays.c.kind,
            relays.c.source_chat,
            relays.c.source_message,
            relays.c.reply_to,
            relays.c.content,
        )
    )
    row = (await conn.execute(taken)).first()
    return Relay(**row._mapping) if row else None


async def accepted(conn: AsyncConnection, relay_id: int, target: tuple[int, int]) -> None:
    await conn.execute(
        update(relays)
        .where(relays.c.relay_id == relay_id)
        .values(state="accepted", content=None, target_chat=target[0], target_message=target[1])
    )


async def refused(conn: AsyncConnection, relay_id: int, reason: str) -> None:
    await conn.execute(
        update(relays).where(relays.c.relay_id == relay_id).values(state="refused", content=None, reason=reason)
    )


async def put_back(conn: AsyncConnection, relay_id: int) -> None:
    await conn.execute(update(relays).where(relays.c.relay_id == relay_id).values(state="waiting", claimed_by=None))


async def target_of(conn: AsyncConnection, source_chat: int, source_message: int) -> tuple[int, int] | None:
    """Where this message was passed on to: chat and message."""
    query = select(relays.c.target_chat, relays.c.target_message).where(
        relays.c.source_chat == source_chat, relays.c.source_message == source_message, relays.c.state == "accepted"
    )
    row = (await conn.execute(query.order_by(relays.c.revision))).first()
    return (row.target_chat, row.target_message) if row else None


async def source_of(conn: AsyncConnection, target_chat: int, target_message: int) -> tuple[int, int] | None:
    """Which message this one was passed on from."""
    query = select(relays.c.source_chat, relays.c.source_message).where(
        relays.c.target_chat == target_chat, relays.c.target_message == target_message
    )
    row = (await conn.execute(query)).first()
    return (row.source_chat, row.source_message) if row else None


async def refuse_rest(conn: AsyncConnection, case_id: int, reason: str) -> None:
    """Ends what is still on its way to the topic of a case that will have none."""
    rest = (relays.c.case_id == case_id, relays.c.direction == "in", relays.c.state.in_(("waiting", "attempted")))
    await conn.execute(update(relays).where(*rest).values(state="refused", content=None, reason=reason))
