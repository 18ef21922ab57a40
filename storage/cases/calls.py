"""Phone calls: the customer's number and address, who was shown them, and the record of each call by an agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.call_limits import Call
from bot.rules.cases.case_events import Calling, CallTooMany, CodeShown, Revealed
from bot.rules.cases.contact_disclosure import CallReport
from bot.rules.cases.event_codec import decode
from bot.rules.channels import BY_PHONE
from storage.cases.event_rows import field, is_a
from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import agents, case_events, contacts, customers, dead_channels

CHANNEL = "phone"
SINCE = bindparam("given_since", type_=case_events.c.at.type)
WRONG = "wrong_number"


@dataclass(frozen=True, slots=True)
class Reach:
    """A customer's phone number and e-mail address from the wallet; `wrong_since`: when an agent learned that the
    number belongs to somebody else."""

    phone: str | None
    email: str | None
    wrong_since: datetime | None


async def reach_of(conn: AsyncConnection, customer_id: str) -> Reach:
    query = (
        select(customers.c.phone, customers.c.email, dead_channels.c.since)
        .outerjoin(
            dead_channels,
            (dead_channels.c.customer_id == customers.c.customer_id)
            & (dead_channels.c.channel == BY_PHONE[0])
            & (dead_channels.c.reason == WRONG),
        )
        .where(customers.c.customer_id == customer_id)
    )
    row = (await conn.execute(query)).one()
    return Reach(row.phone, row.email, row.since)


async def lock_agent(conn: AsyncConnection, agent_id: int) -> None:
    """Locks the agent's row, so that two requests of one agent at the same time run one after the other."""
    await conn.execute(select(agents.c.telegram_id).where(agents.c.telegram_id == agent_id).with_for_update())


async def codes_since(conn: AsyncConnection, agent_id: int, since: datetime) -> dict[int, datetime]:
    """When this agent was first shown a customer's code, by case id, oldest first."""
    query = (
        select(case_events.c.case_id, case_events.c.at)
        .where(case_events.c.actor_id == agent_id, case_events.c.at >= since, is_a(CodeShown))
        .where(field("too_often", CodeShown).is_(None))
        .order_by(case_events.c.at, case_events.c.event_id)
    )
    found: dict[int, datetime] = {}
    for row in (await conn.execute(query)).all():
        found.setdefault(row.case_id, row.at)
    return found


async def announced_since(conn: AsyncConnection, case_id: int, since: datetime) -> int:
    """How many calls were announced in this case."""
    query = select(func.count()).where(is_a(Calling), case_events.c.case_id == case_id, case_events.c.at >= since)
    return (await conn.execute(query)).scalar_one()


async def reveals_since(conn: AsyncConnection, agent_id: int, since: datetime) -> dict[int, datetime]:
    """When this agent was first shown a customer's number or address, by case id, oldest first. A request that showed
    nothing does not count."""
    shown = func.coalesce(field("shown", Revealed), "") != "[]"
    query = _asked().where(case_events.c.actor_id == agent_id, shown)
    found: dict[int, datetime] = {}
    for row in (await conn.execute(query, {SINCE.key: since})).all():
        found.setdefault(row.case_id, row.at)
    return found


async def all_reveals_since(conn: AsyncConnection, since: datetime) -> dict[int, list[datetime]]:
    """When each agent asked for a customer's number or address, once for each case, oldest first, by agent id. A
    request that showed nothing counts, too."""
    first: dict[tuple[int, int], datetime] = {}
    for row in (await conn.execute(_asked(), {SINCE.key: since})).all():
        first.setdefault((row.actor_id, row.case_id), row.at)
    found: dict[int, list[datetime]] = {}
    for (agent_id, _), at in first.items():
        found.setdefault(agent_id, []).append(at)
    return found


@prepared
def _asked() -> Select[*tuple[Any, ...]]:
    return (
        select(case_events.c.actor_id, case_events.c.case_id, case_events.c.at)
        .where(is_a(Revealed), case_events.c.at >= SINCE)
        .order_by(case_events.c.at, case_events.c.event_id)
    )


async def calls_since(conn: AsyncConnection, customer_id: str, since: datetime) -> list[Call]:
    """The calls to this customer since `since`, oldest first."""
    query = (
        select(contacts.c.at, contacts.c.state, contacts.c.reason)
        .where(contacts.c.customer_id == customer_id, contacts.c.at >= since, contacts.c.channel == CHANNEL)
        .order_by(contacts.c.at)
    )
    rows = (await conn.execute(query)).all()
    return [Call(row.at, "reached" if row.state == "accepted" else row.reason) for row in rows]


async def written_at(conn: AsyncConnection, customer_id: str, reference: str) -> datetime | None:
    """When this call was stored, if it is already: the update that reports it may be handled again."""
    query = select(contacts.c.at).where(
        contacts.c.customer_id == customer_id, contacts.c.channel == CHANNEL, contacts.c.reference == reference
    )
    at: datetime | None = (await conn.execute(query.limit(1))).scalar()
    return at


async def rule_broken_at(conn: AsyncConnection, case_id: int, at: datetime) -> Literal["", "limit", "hours"]:
    """Which rule the call broke that was stored at this moment; empty if it broke none."""
    then = (case_events.c.case_id == case_id, case_events.c.at == at, is_a(CallTooMany))
    row = (await conn.execute(select(case_events.c.kind, case_events.c.body).where(*then).limit(1))).first()
    event = decode(row.kind, row.body) if row else None
    return event.broke if isinstance(event, CallTooMany) else ""


async def write(
    conn: AsyncConnection, customer_id: str, case_id: int, agent_id: int, report: CallReport, now: datetime
) -> None:
    """Stores a call as a contact: an accepted message of an agent if the customer was reached, else a refused one."""
    reached = report.result == "reached"
    row = {
        "customer_id": customer_id,
        "at": now,
        "channel": CHANNEL,
        "direction": "out",
        "kind": "agent",
        "state": "accepted" if reached else "refused",
        "reason": None if reached else report.result,
        "case_id": case_id,
        "reference": report.reference,
        "body": report.note or None,
        "agent_id": agent_id,
    }
    await conn.execute(insert(conn, contacts).values(**row))
