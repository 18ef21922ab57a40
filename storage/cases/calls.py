"""Calls by phone: how a customer can be reached outside the bot, and the evidence of each call that an agent made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.call_limits import Call, Result
from bot.rules.cases.case_events import Revealed
from storage.cases.event_rows import field, is_a
from storage.runtime.engine import insert
from storage.schema import agents, case_events, contacts, customers, dead_channels

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


async def lock_agent(conn: AsyncConnection, agent_id: int) -> None:
    """Takes turns with whatever else this agent asks for at this moment."""
    await conn.execute(select(agents.c.telegram_id).where(agents.c.telegram_id == agent_id).with_for_update())


async def reveals_since(conn: AsyncConnection, agent_id: int, since: datetime) -> dict[int, datetime]:
    """When this agent was first shown how a customer can be reached, by case, oldest first; what showed nothing does
    not count."""
    shown = func.coalesce(field("shown", Revealed), "") != "[]"
    query = _asked(since).where(case_events.c.actor_id == agent_id, shown)
    found: dict[int, datetime] = {}
    for row in (await conn.execute(query)).all():
        found.setdefault(row.case_id, row.at)
    return found


async def all_reveals_since(conn: AsyncConnection, since: datetime) -> dict[int, list[datetime]]:
    """When each agent first asked how a customer can be reached, each case once, oldest first. What was not shown
    counts: that it was asked for says as much."""
    first: dict[tuple[int, int], datetime] = {}
    for row in (await conn.execute(_asked(since))).all():
        first.setdefault((row.actor_id, row.case_id), row.at)
    found: dict[int, list[datetime]] = {}
    for (agent_id, _), at in first.items():
        found.setdefault(agent_id, []).append(at)
    return found


def _asked(since: datetime) -> Any:
    return (
        select(case_events.c.actor_id, case_events.c.case_id, case_events.c.at)
        .where(is_a(Revealed), case_events.c.at >= since)
        .order_by(case_events.c.at, case_events.c.event_id)
    )


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
