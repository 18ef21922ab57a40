"""What waits at this moment, and what each agent has, in sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.cases import AWAKE, HAS_DEADLINE, OPEN, RESTS
from storage.cases.urgency import WAITS
from storage.schema import cases


@dataclass(frozen=True, slots=True)
class Held:
    """How many open cases an agent has: in time, late, resting."""

    in_time: int = 0
    late: int = 0
    resting: int = 0


async def waiting_for(conn: AsyncConnection) -> dict[str, int]:
    """Cases that nobody has, by reason."""
    query = select(cases.c.reason, func.count().label("n")).where(WAITS).group_by(cases.c.reason)
    return {row.reason: int(row.n) for row in (await conn.execute(query)).all()}


async def held(conn: AsyncConnection, now: datetime) -> Mapping[int, Held]:
    """By agent, of those who have any."""
    is_late = and_(HAS_DEADLINE, cases.c.due_at < now)
    query = (
        select(
            cases.c.owner_id,
            func.count().filter(AWAKE, not_(is_late)).label("in_time"),
            func.count().filter(AWAKE, is_late).label("late"),
            func.count().filter(RESTS).label("resting"),
        )
        .where(OPEN, cases.c.owner_id.is_not(None))
        .group_by(cases.c.owner_id)
    )
    rows = (await conn.execute(query)).all()
    return {row.owner_id: Held(int(row.in_time), int(row.late), int(row.resting)) for row in rows}
