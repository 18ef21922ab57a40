"""The agents' queue: the order in which cases wait, claiming one, giving it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases import Case
from storage.cases import add_event, as_case, with_owners
from storage.schema import cases


def most_urgent_first() -> tuple[Any, ...]:
    """Who asked for a person is waiting for one; then the longest overdue; then the longest in the queue."""
    return (
        cases.c.reason != "asked",
        cases.c.due_since.is_(None),
        cases.c.due_since,
        cases.c.opened_at,
        cases.c.case_id,
    )


async def queue(conn: AsyncConnection, limit: int) -> tuple[list[Case], int]:
    """The most urgent cases that wait, and how many wait in all."""
    waits = cases.c.state == "waiting"
    rows = (await conn.execute(with_owners().where(waits).order_by(*most_urgent_first()).limit(limit))).all()
    total = (await conn.execute(select(func.count()).select_from(cases).where(waits))).scalar_one()
    return [as_case(row) for row in rows], total


async def claim_next(conn: AsyncConnection, agent_id: int, now: datetime) -> int | None:
    """Claims the most urgent waiting case for this agent, in one statement: nobody else gets it."""
    first = (
        select(cases.c.case_id)
        .where(cases.c.state == "waiting")
        .order_by(*most_urgent_first())
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return await _claim(conn, cases.c.case_id == first, agent_id, now)


async def claim(conn: AsyncConnection, case_id: int, agent_id: int, now: datetime) -> bool:
    """Claims this case if nobody holds it."""
    return await _claim(conn, cases.c.case_id == case_id, agent_id, now) is not None


async def _claim(conn: AsyncConnection, which: Any, agent_id: int, now: datetime) -> int | None:
    taken = (
        update(cases)
        .where(which, cases.c.state == "waiting")
        .values(state="claimed", owner_id=agent_id, claimed_at=now, card_stale=true())
        .returning(cases.c.case_id)
    )
    case_id: int | None = (await conn.execute(taken)).scalar()
    if case_id is not None:
        await add_event(conn, case_id, "claimed", now, actor_id=agent_id)
    return case_id


async def release(conn: AsyncConnection, case_id: int, agent_id: int, now: datetime) -> bool:
    """Gives the case back to the queue; only who holds it can."""
    freed = (
        update(cases)
        .where(cases.c.case_id == case_id, cases.c.state == "claimed", cases.c.owner_id == agent_id)
        .values(state="waiting", owner_id=None, claimed_at=None, card_stale=true())
    )
    if not (await conn.execute(freed)).rowcount:
        return False
    await add_event(conn, case_id, "released", now, actor_id=agent_id)
    return True


async def release_all_of(conn: AsyncConnection, agent_id: int, now: datetime) -> int:
    """Gives back whatever this agent holds: they no longer work here."""
    held = select(cases.c.case_id).where(cases.c.state == "claimed", cases.c.owner_id == agent_id)
    ids: list[int] = list((await conn.execute(held)).scalars())
    for case_id in ids:
        await release(conn, case_id, agent_id, now)
    return len(ids)
