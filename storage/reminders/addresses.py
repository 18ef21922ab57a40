"""Addresses: where a customer can be reached now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import customers, dead_channels, links


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a customer can be reached now: an address for each channel that is not dead."""

    telegram: str | None = None
    email: str | None = None
    sms: str | None = None
    push: str | None = None

    def of(self, channel: str) -> str | None:
        address: str | None = getattr(self, channel)
        return address


async def addresses_of(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, Addresses]:
    """Where each of these customers can be reached now."""
    query = (
        select(customers.c.customer_id, customers.c.email, customers.c.phone, links.c.user_id)
        .outerjoin(links, and_(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None)))
        .where(customers.c.customer_id.in_(customer_ids))
    )
    buried = select(dead_channels.c.customer_id, dead_channels.c.channel).where(
        dead_channels.c.customer_id.in_(customer_ids)
    )
    dead = {(row.customer_id, row.channel) for row in (await conn.execute(buried)).all()}
    found: dict[str, Addresses] = {}
    for row in (await conn.execute(query)).all():
        known = {
            "telegram": None if row.user_id is None else str(row.user_id),
            "email": row.email,
            "sms": row.phone,
            "push": row.customer_id,
        }
        living = {c: address for c, address in known.items() if (row.customer_id, c) not in dead}
        found[row.customer_id] = Addresses(**living)
    return found
