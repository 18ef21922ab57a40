"""Which customers an address reaches no more, by channel and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.cases import OPEN
from storage.schema import cases, customers, dead_channels


@dataclass(frozen=True, slots=True)
class DeadAddress:
    """A customer whose address on a channel is dead, since when, and the number of their open case, if there is one."""

    customer_id: str
    name: str
    since: datetime
    case_id: int | None


async def dead_addresses(
    conn: AsyncConnection, channel: str, reason: str, after: str, most: int
) -> Sequence[DeadAddress]:
    """By customer id, after this one."""
    dead = dead_channels.c
    query = (
        select(dead.customer_id, dead.since, customers.c.name, cases.c.case_id)
        .select_from(dead_channels)
        .join(customers, customers.c.customer_id == dead.customer_id)
        .outerjoin(cases, and_(cases.c.customer_id == dead.customer_id, OPEN))
        .where(dead.channel == channel, dead.reason == reason, dead.customer_id > after)
        .order_by(dead.customer_id)
        .limit(most)
    )
    rows = (await conn.execute(query)).all()
    return [DeadAddress(row.customer_id, row.name or "", row.since, row.case_id) for row in rows]
