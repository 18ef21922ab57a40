"""Where a message was passed on to, from where it came, and which case it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import Instant, cases, relays
from storage.topics.relays import BY_AGENT, NOTE, NOWHERE

LINE = "line"  # the kind of a message by the bot itself about a case: it is not passed on, only its place is stored


async def target_of(conn: AsyncConnection, source_chat: int, source_message: int) -> tuple[int, int | None] | None:
    """Where this message was passed on to: the chat, and the message's id if it is known. None if it was not."""
    query = select(relays.c.target_chat, relays.c.target_message).where(
        relays.c.source_chat == source_chat, relays.c.source_message == source_message, relays.c.state == "accepted"
    )
    row = (await conn.execute(query.order_by(relays.c.revision))).first()
    return (row.target_chat, row.target_message) if row else None


async def source_of(conn: AsyncConnection, target_chat: int, target_message: int) -> tuple[int, int] | None:
    """The message from which this one was passed on; None if it was not."""
    query = select(relays.c.source_chat, relays.c.source_message).where(
        relays.c.target_chat == target_chat, relays.c.target_message == target_message
    )
    # If several texts were passed on as one, this is the last of them.
    row = (await conn.execute(query.order_by(relays.c.relay_id.desc()))).first()
    return (row.source_chat, row.source_message) if row else None


async def is_joined(conn: AsyncConnection, target: tuple[int, int], source_message: int) -> bool:
    """Whether another text was passed on in the same message as this one."""
    there = (relays.c.target_chat == target[0], relays.c.target_message == target[1])
    query = select(relays.c.relay_id).where(*there, relays.c.source_message != source_message)
    return (await conn.execute(query.limit(1))).first() is not None


async def was_ever_relayed(conn: AsyncConnection, source: tuple[int, int]) -> bool:
    """Whether this message was ever to be passed on; internal notes were not."""
    query = select(relays.c.relay_id).where(
        relays.c.source_chat == source[0],
        relays.c.source_message == source[1],
        func.coalesce(relays.c.reason, "") != NOTE,
    )
    return (await conn.execute(query.limit(1))).first() is not None


async def agent_wrote_since(conn: AsyncConnection, case_id: int, since: datetime) -> bool:
    """Whether an agent has written to the customer of this case since `since`: themselves, not the bot for them."""
    values = {"given_case_id": case_id, "given_since": since}
    return (await conn.execute(_by_agents(), values)).first() is not None


@prepared
def _by_agents() -> Select[*tuple[Any, ...]]:
    since = bindparam("given_since", type_=Instant())
    out = and_(relays.c.direction == "out", BY_AGENT, relays.c.state != "refused", relays.c.at >= since)
    of_case = relays.c.case_id == bindparam("given_case_id", type_=relays.c.case_id.type)
    return select(relays.c.relay_id).where(of_case, out).limit(literal_column("1"))


async def case_of_agents_words(conn: AsyncConnection, message: tuple[int, int]) -> int | None:
    """The case in which an agent wrote this message (chat and message id) in a customer's chat; None if none did."""
    place = and_(relays.c.target_chat == message[0], relays.c.target_message == message[1])
    query = select(relays.c.case_id).where(place, relays.c.direction == "out", BY_AGENT)
    found: int | None = (await conn.execute(query.limit(1))).scalar_one_or_none()
    return found


async def add_line(conn: AsyncConnection, case_id: int, event_id: int, place: tuple[int, int], now: datetime) -> None:
    """Stores where the bot wrote something about a case, so that a reply to it finds the case."""
    row = {"case_id": case_id, "direction": "in", "kind": LINE, "state": "accepted", "at": now}
    source = {"source_chat": NOWHERE, "source_message": event_id}
    there = {"target_chat": place[0], "target_message": place[1]}
    await conn.execute(insert(conn, relays).values(**row, **source, **there).on_conflict_do_nothing())


async def case_of_message(conn: AsyncConnection, chat_id: int, message_id: int) -> int | None:
    """The case that a message is about: the message is its card, a line by the bot, or was passed on; None if it is
    none of these."""
    is_card = and_(cases.c.chat_id == chat_id, cases.c.card_id == message_id)
    for query in (
        select(cases.c.case_id).where(is_card).order_by(cases.c.case_id.desc()),
        _cases_where(relays.c.target_chat == chat_id, relays.c.target_message == message_id),
        _cases_where(relays.c.source_chat == chat_id, relays.c.source_message == message_id),
    ):
        case_id: int | None = (await conn.execute(query.limit(1))).scalar()
        if case_id is not None:
            return case_id
    return None


def _cases_where(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(relays.c.case_id).where(*which).order_by(relays.c.relay_id.desc())
