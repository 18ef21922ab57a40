"""What Telegram is to delete about forgotten customers: topics of their cases, and single messages.

A row is kept until Telegram has deleted the message or topic, or never will. It has the ids of chats and messages and
nothing personal. Rows for private chats are gone after two days at the latest, because Telegram deletes no older
messages there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.overwriting import to_overwrite
from storage.runtime.prepared import NOW, prepared
from storage.schema import cases, contacts, erasures, ratings, relays

DELETABLE = timedelta(hours=48)  # in private chats (Bot API, deleteMessage)
TRIED_FOR = timedelta(days=30)  # in the agents' group, where the bot may need a right first


@dataclass(frozen=True, slots=True)
class Erasure:
    """One topic, or one message, to be deleted."""

    erasure_id: int
    chat_id: int
    thread_id: int | None
    message_id: int | None
    case_id: int | None


@dataclass(frozen=True, slots=True)
class Noted:
    """How many topics and messages are to be deleted, how many messages in the customer's own chat are too old for it,
    and whether some are in a group without topics."""

    topics: int
    messages: int
    too_old: int
    in_plain_group: bool


async def note_all(conn: AsyncConnection, customer_id: str, users: Sequence[int], now: datetime) -> Noted:
    """Notes everything about this customer that is known to be in Telegram. To be called before `erase_words`."""
    cases_of_customer = (await conn.execute(select(cases).where(cases.c.customer_id == customer_id))).all()
    topics = {
        (c.chat_id, c.thread_id): c.case_id
        for c in cases_of_customer
        if c.chat_id and c.thread_id and c.topic != "gone"
    }
    in_topics = {chat_id for chat_id, _ in topics}
    places: dict[tuple[int, int], datetime] = {}
    for case in cases_of_customer:
        if case.chat_id and case.card_id and not case.thread_id:
            places[case.chat_id, case.card_id] = now
    theirs = select(cases.c.case_id).where(cases.c.customer_id == customer_id)
    for row in (await conn.execute(select(relays).where(relays.c.case_id.in_(theirs)))).all():
        places[row.source_chat, row.source_message] = row.at
        if row.target_chat and row.target_message:
            places[row.target_chat, row.target_message] = row.at
    for user_id in users:
        places |= await _told(conn, customer_id, user_id)
    wanted: list[dict[str, Any]] = []
    too_old = 0
    for (chat_id, message_id), at in places.items():
        if chat_id in in_topics or chat_id == 0 or message_id <= 0:
            continue  # a topic goes as a whole
        until = now + TRIED_FOR if chat_id < 0 else at + DELETABLE
        if until <= now:
            too_old += 1
            continue
        wanted.append({"chat_id": chat_id, "message_id": message_id, "asked_at": now, "until": until})
    for (chat_id, thread_id), case_id in topics.items():
        topic = {"chat_id": chat_id, "thread_id": thread_id, "case_id": case_id}
        await conn.execute(insert(erasures).values(**topic, asked_at=now, until=now + TRIED_FOR))
    if wanted:
        await conn.execute(insert(erasures), wanted)
    return Noted(len(topics), len(wanted), too_old, any(row["chat_id"] < 0 for row in wanted))


async def _told(conn: AsyncConnection, customer_id: str, user_id: int) -> dict[tuple[int, int], datetime]:
    """Messages that the bot sent them in their own chat by itself: reminders and requests for a rating."""
    said = select(contacts.c.reference, contacts.c.at).where(
        contacts.c.customer_id == customer_id, contacts.c.channel == "telegram", contacts.c.direction == "out"
    )
    places = {
        (user_id, int(row.reference)): row.at
        for row in (await conn.execute(said)).all()
        if row.reference is not None and row.reference.isdecimal()
    }
    asked = select(ratings.c.message_id, ratings.c.asked_at).where(
        ratings.c.customer_id == customer_id, ratings.c.message_id.is_not(None)
    )
    return places | {(user_id, row.message_id): row.asked_at for row in (await conn.execute(asked)).all()}


async def due(conn: AsyncConnection, now: datetime, tried_before: datetime, limit: int) -> list[Erasure]:
    """What is to be deleted now, topics first. A refused deletion is left out until it was last tried before
    `tried_before`."""
    rows = await conn.execute(_to_delete(limit), {NOW.key: now, "given_tried_before": tried_before})
    return [Erasure(row.erasure_id, row.chat_id, row.thread_id, row.message_id, row.case_id) for row in rows.all()]


@prepared
def _to_delete(limit: int) -> Select[*tuple[Any, ...]]:
    tried_before = bindparam("given_tried_before", type_=erasures.c.tried_at.type)
    ready = or_(erasures.c.tried_at.is_(None), erasures.c.tried_at < tried_before)
    query = select(
        erasures.c.erasure_id, erasures.c.chat_id, erasures.c.thread_id, erasures.c.message_id, erasures.c.case_id
    ).where(ready, erasures.c.until > NOW)
    return query.order_by(erasures.c.thread_id.is_(None), erasures.c.erasure_id).limit(limit)


async def drop_over(conn: AsyncConnection, now: datetime) -> int:
    """Drops rows for messages that Telegram no longer deletes; returns how many."""
    dropped = (await conn.execute(_dropping_over(), {NOW.key: now})).rowcount
    if dropped:
        await to_overwrite(conn, now)
    return dropped


@prepared
def _dropping_over() -> Delete:
    return delete(erasures).where(erasures.c.until <= NOW)


async def done(conn: AsyncConnection, these: Collection[Erasure], now: datetime) -> None:
    """Removes rows that are deleted in Telegram, or never will be. A deleted topic needs no card any more."""
    await to_overwrite(conn, now)
    await conn.execute(delete(erasures).where(erasures.c.erasure_id.in_([erasure.erasure_id for erasure in these])))
    case_ids = [erasure.case_id for erasure in these if erasure.thread_id is not None]
    gone = update(cases).where(cases.c.case_id.in_(case_ids), cases.c.state == "closed")
    await conn.execute(gone.values(topic="gone", card_id=None, card_stale=False))


async def refused(conn: AsyncConnection, these: Collection[Erasure], reason: str, now: datetime) -> None:
    """Stores that Telegram refused these; they are tried again later."""
    those = erasures.c.erasure_id.in_([erasure.erasure_id for erasure in these])
    await conn.execute(update(erasures).where(those).values(tried_at=now, reason=reason))


async def left(conn: AsyncConnection) -> dict[str, int]:
    """How many rows are left that were refused at least once, by the last reason."""
    query = select(erasures.c.reason, func.count()).where(erasures.c.reason.is_not(None)).group_by(erasures.c.reason)
    return {row[0]: row[1] for row in (await conn.execute(query)).all()}
