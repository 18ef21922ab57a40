"""An agent's messages to customers within some time. What they did in cases besides is in the audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import contacts


async def messages(
    conn: AsyncConnection, agent_id: int, since: datetime, before: datetime, limit: int
) -> list[tuple[datetime, int]]:
    """When they wrote to a customer, and in which case, the newest first: what a channel accepted or refused."""
    c = contacts.c
    query = (
        select(c.at, c.case_id)
        .where(c.agent_id == agent_id, c.direction == "out", c.case_id.is_not(None), c.at >= since, c.at < before)
        .order_by(c.contact_id.desc())
        .limit(limit)
    )
    return [(row.at, row.case_id) for row in (await conn.execute(query)).all()]
