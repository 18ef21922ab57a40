"""When customers wrote or pressed lately, and the hour that is foreseen from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import contacts, customers

SAID = ("word", "press", "command", "media")


@dataclass(slots=True)
class Reader:
    """A customer's zone and segment, and the signs of life in the chat."""

    zone: str
    segment: str | None
    signs: list[datetime] = field(default_factory=list)


async def readers(conn: AsyncConnection, customer_ids: Collection[str], since: datetime) -> dict[str, Reader]:
    """What is known of these customers since then."""
    who = select(customers.c.customer_id, customers.c.zone, customers.c.segment)
    found = {
        row.customer_id: Reader(row.zone, row.segment)
        for row in (await conn.execute(who.where(customers.c.customer_id.in_(customer_ids)))).all()
    }
    said = select(contacts.c.customer_id, contacts.c.at).where(
        contacts.c.customer_id.in_(customer_ids),
        contacts.c.at >= since,
        contacts.c.direction == "in",
        contacts.c.channel == "telegram",
        contacts.c.kind.in_(SAID),
    )
    for row in (await conn.execute(said)).all():
        found[row.customer_id].signs.append(row.at)
    return found


async def keep(conn: AsyncConnection, hours: Mapping[str, int | None]) -> None:
    """Keeps the hour of each; None: no hour is usual. Nothing is kept of the forgotten."""
    by_hour: defaultdict[int | None, list[str]] = defaultdict(list)
    for customer_id, hour in hours.items():
        by_hour[hour].append(customer_id)
    for hour, customer_ids in by_hour.items():
        theirs = (customers.c.customer_id.in_(customer_ids), customers.c.forgotten_at.is_(None))
        await conn.execute(update(customers).where(*theirs).values(foreseen_hour=hour))
