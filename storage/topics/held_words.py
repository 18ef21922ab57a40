"""What agents wrote and is not passed on yet: words for later, and words about which their author was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, prepared
from storage.schema import held_words

WAITS = ("asked", "later")


@dataclass(frozen=True, slots=True)
class Held:
    """One message, or an edit of one. `found` are the kinds of `bot.rules.topics.message_screening` about which its
    author was asked; `state` is asked, later, sent, dropped, unsent or told. `send_at` None: it leaves at once."""

    case_id: int
    agent_id: int
    kind: str
    content: str
    source: tuple[int, int]
    revision: int
    reply_to: int | None
    album: str | None
    at: datetime
    send_at: datetime | None
    found: tuple[str, ...]
    state: str
    reason: str = ""
    held_id: int = 0


async def keep(conn: AsyncConnection, held: Held) -> int | None:
    """Stores it and returns its number; None if it was stored before (a repeated update)."""
    row = {
        **{name: getattr(held, name) for name in ("case_id", "agent_id", "kind", "content", "revision", "reply_to")},
        **{name: getattr(held, name) for name in ("album", "at", "send_at", "state")},
        "source_chat": held.source[0],
        "source_message": held.source[1],
        "found": ",".join(held.found),
    }
    storing = insert(conn, held_words).values(**row).on_conflict_do_nothing().returning(held_words.c.held_id)
    number: int | None = (await conn.execute(storing)).scalar()
    return number


async def by_number(conn: AsyncConnection, held_id: int) -> Held | None:
    row = (await conn.execute(select(held_words).where(held_words.c.held_id == held_id).with_for_update())).first()
    return _held(row) if row else None


async def asked_of(conn: AsyncConnection, case_id: int, agent_id: int, message: int | None) -> Held | None:
    """The message about which this agent was asked: the one with this number, else the last in the case."""
    mine = (held_words.c.case_id == case_id, held_words.c.agent_id == agent_id, held_words.c.state == "asked")
    query = select(held_words).where(*mine).order_by(held_words.c.held_id.desc()).limit(1)
    if message is not None:
        query = query.where(held_words.c.source_message == message)
    row = (await conn.execute(query)).first()
    return _held(row) if row else None


async def waits_from(conn: AsyncConnection, source: tuple[int, int]) -> bool:
    """Whether this message itself waits for its author's answer."""
    values = {"given_chat": source[0], "given_message": source[1]}
    return (await conn.execute(_waiting_there(), values)).first() is not None


@prepared
def _waiting_there() -> Select[*tuple[Any, ...]]:
    there = (
        held_words.c.source_chat == bindparam("given_chat", type_=BigInteger()),
        held_words.c.source_message == bindparam("given_message", type_=BigInteger()),
    )
    return select(held_words.c.held_id).where(*there, held_words.c.revision == 0, held_words.c.state == "asked")


async def source_of(conn: AsyncConnection, held_id: int) -> tuple[int, int] | None:
    """The chat and the number of the message in which these words were written."""
    query = select(held_words.c.source_chat, held_words.c.source_message).where(held_words.c.held_id == held_id)
    row = (await conn.execute(query)).first()
    return (row.source_chat, row.source_message) if row else None


async def forget_asked(conn: AsyncConnection, source: tuple[int, int]) -> None:
    """Drops what was kept of a message, because its author wrote it in another way."""
    there = (held_words.c.source_chat == source[0], held_words.c.source_message == source[1])
    await conn.execute(delete(held_words).where(*there, held_words.c.state == "asked"))


async def due(conn: AsyncConnection, now: datetime, limit: int) -> list[Held]:
    """Words whose time has come, in order; nobody else takes them before the transaction ends."""
    return [_held(row) for row in (await conn.execute(_due(limit), {NOW.key: now})).all()]


@prepared
def _due(limit: int) -> Select[*tuple[Any, ...]]:
    query = select(held_words).where(held_words.c.state == "later", held_words.c.send_at <= NOW)
    ordered = query.order_by(held_words.c.send_at, held_words.c.held_id).limit(limit)
    return ordered.with_for_update(skip_locked=True)


async def unsent(conn: AsyncConnection) -> list[Held]:
    """Words that did not leave, whose author does not know that yet."""
    return [_held(row) for row in (await conn.execute(_unsent())).all()]


@prepared
def _unsent() -> Select[*tuple[Any, ...]]:
    return select(held_words).where(held_words.c.state == "unsent").order_by(held_words.c.held_id)


async def for_later(conn: AsyncConnection, agent_id: int, case_id: int | None, limit: int) -> Sequence[Held]:
    """What an agent wrote for later and still waits, in one case or in all, soonest first."""
    query = select(held_words).where(held_words.c.agent_id == agent_id, held_words.c.state == "later")
    if case_id is not None:
        query = query.where(held_words.c.case_id == case_id)
    ordered = query.order_by(held_words.c.send_at, held_words.c.held_id).limit(limit)
    return [_held(row) for row in (await conn.execute(ordered)).all()]


async def end(conn: AsyncConnection, held_id: int, state: str, reason: str = "", *, content: bool = False) -> bool:
    """Ends the waiting, with the text emptied unless `content` stays; False if it did not wait any more."""
    waiting = update(held_words).where(held_words.c.held_id == held_id, held_words.c.state.in_((*WAITS, "unsent")))
    values: dict[str, Any] = {"state": state, "reason": reason or held_words.c.reason}
    if not content:
        values |= {"content": None}
    return (await conn.execute(waiting.values(**values))).rowcount > 0


def _held(row: Row[Any]) -> Held:
    return Held(
        case_id=row.case_id,
        agent_id=row.agent_id,
        kind=row.kind,
        content=row.content or "",
        source=(row.source_chat, row.source_message),
        revision=row.revision,
        reply_to=row.reply_to,
        album=row.album,
        at=row.at,
        send_at=row.send_at,
        found=tuple(filter(None, row.found.split(","))),
        state=row.state,
        reason=row.reason or "",
        held_id=row.held_id,
    )
