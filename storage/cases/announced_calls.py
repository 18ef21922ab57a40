"""Announced calls: which agent is calling a customer right now, as the customer's chat was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, prepared
from storage.schema import agents, announced_calls


@dataclass(frozen=True, slots=True)
class AnnouncedCall:
    """A call that a customer was told of; `message` is the number of that message, None while it is on its way."""

    customer_id: str
    case_id: int
    agent_id: int
    agent_name: str
    began_at: datetime
    until: datetime
    message: int | None


async def begin(
    conn: AsyncConnection, customer_id: str, case_id: int, agent_id: int, now: datetime, until: datetime
) -> bool:
    """Announces a call. False if one is announced already, or its message was not changed yet."""
    row = {"customer_id": customer_id, "case_id": case_id, "agent_id": agent_id, "began_at": now, "until": until}
    made = insert(conn, announced_calls).values(**row).on_conflict_do_nothing()
    return (await conn.execute(made.returning(announced_calls.c.customer_id))).first() is not None


async def keep_message(conn: AsyncConnection, call: AnnouncedCall, message: int) -> None:
    await conn.execute(update(announced_calls).where(*_is(call)).values(message=message))


async def end(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    """The call that is announced to this customer, if any, is over."""
    theirs = (announced_calls.c.customer_id == customer_id, announced_calls.c.until > now)
    await conn.execute(update(announced_calls).where(*theirs).values(until=now))


async def remove(conn: AsyncConnection, call: AnnouncedCall) -> None:
    await conn.execute(delete(announced_calls).where(*_is(call)))


async def now_calling(conn: AsyncConnection, customer_id: str, now: datetime) -> AnnouncedCall | None:
    """The call that is announced to this customer now."""
    query = _all().where(announced_calls.c.customer_id == customer_id, announced_calls.c.until > now)
    row = (await conn.execute(query)).first()
    return None if row is None else AnnouncedCall(**row._mapping)


async def over(conn: AsyncConnection, now: datetime, limit: int, customer_id: str | None = None) -> list[AnnouncedCall]:
    """Calls, of all customers or of one, whose time is over, and whose message still has to say so; the oldest
    first."""
    values = {NOW.key: now, **({} if customer_id is None else {"given_customer_id": customer_id})}
    rows = await conn.execute(_over(limit, customer_id is not None), values)
    return [AnnouncedCall(**row._mapping) for row in rows.all()]


@prepared
def _over(limit: int, of_one: bool) -> Select[Any]:
    query = _all().where(announced_calls.c.until <= NOW).order_by(announced_calls.c.until).limit(limit)
    return query.where(announced_calls.c.customer_id == bindparam("given_customer_id")) if of_one else query


def _all() -> Select[Any]:
    name = agents.c.name.label("agent_name")
    by = agents.c.telegram_id == announced_calls.c.agent_id
    return select(announced_calls, name).join(agents, by)


def _is(call: AnnouncedCall) -> tuple[Any, ...]:
    return (announced_calls.c.customer_id == call.customer_id, announced_calls.c.began_at == call.began_at)
