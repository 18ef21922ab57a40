"""Calls by phone: how a customer can be reached outside the bot, and the evidence of each call that an agent made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.calls import Call, Result
from storage.engine import insert
from storage.schema import contacts, customers, dead_channels

CHANNEL = "phone"
WRONG = "wrong_number"


@dataclass(frozen=True, slots=True)
class Reach:
    """A customer's number and address as the wallet has them; `wrong_since`: somebody else answers that number."""

    phone: str | None
    email: str | None
    wrong_since: datetime | None


async def reach_of(conn: AsyncConnection, customer_id: str) -> Reach:
    query = (
        select(customers.c.phone, customers.c.email, dead_channels.c.since)
        .outerjoin(
            dead_channels,
            (dead_channels.c.customer_id == customers.c.customer_id)
            & (dead_channels.c.channel == "sms")
            & (dead_channels.c.reason == WRONG),
        )
        .where(customers.c.customer_id == customer_id)
    )
    row = (await conn.execute(query)).one()
    return Reach(row.phone, row.email, row.since)


async def calls_since(conn: AsyncConnection, customer_id: str, since: datetime) -> list[Call]:
    """The calls to this customer since then, oldest first."""
    query = (
        select(contacts.c.at, contacts.c.state, contacts.c.reason)
        .where(contacts.c.customer_id == customer_id, contacts.c.at >= since, contacts.c.channel == CHANNEL)
        .order_by(contacts.c.at)
    )
    rows = (await conn.execute(query)).all()
    return [Call(row.at, "reached" if row.state == "accepted" else row.reason) for row in rows]


async def is_written(conn: AsyncConnection, customer_id: str, reference: str) -> bool:
    """Whether this very call was written down before: the update that told of it may come twice."""
    query = select(contacts.c.contact_id).where(
        contacts.c.customer_id == customer_id, contacts.c.channel == CHANNEL, contacts.c.reference == reference
    )
    return (await conn.execute(query.limit(1))).first() is not None


async def write(
    conn: AsyncConnection,
    customer_id: str,
    case_id: int,
    result: Result,
    now: datetime,
    *,
    note: str | None,
    reference: str,
) -> None:
    """A talk is an agent's words that arrived; any other call are such that did not."""
    reached = result == "reached"
    row = {
        "customer_id": customer_id,
        "at": now,
        "channel": CHANNEL,
        "direction": "out",
        "kind": "agent",
        "state": "accepted" if reached else "refused",
        "reason": None if reached else result,
        "case_id": case_id,
        "reference": reference,
        "body": note,
    }
    await conn.execute(insert(conn, contacts).values(**row))
