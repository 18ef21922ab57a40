"""Agents' absences, to come or in force, and the roster. An agent whose absence is in force is away (`away_since`), as
after `/away`, so nothing else has to ask about absences.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.shifts import kept_shifts
from bot.rules.policy import rosters
from bot.rules.policy.sending_hours import Window
from storage.cases import agent_changes
from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, prepared
from storage.schema import agent_absences, agents


async def add(conn: AsyncConnection, agent_id: int, absence: Window) -> None:
    row = {"agent_id": agent_id, "starts_at": absence.opens, "ends_at": absence.closes}
    await conn.execute(insert(conn, agent_absences).values(**row))


async def of_agent(conn: AsyncConnection, agent_id: int, now: datetime) -> list[Window]:
    """The agent's absences that are not over, the earliest first."""
    theirs = (agent_absences.c.agent_id == agent_id, agent_absences.c.ends_at > now)
    query = select(agent_absences).where(*theirs).order_by(agent_absences.c.starts_at)
    return [Window(row.starts_at, row.ends_at) for row in (await conn.execute(query)).all()]


async def drop(conn: AsyncConnection, agent_id: int, *, to_come: bool = False) -> int:
    """Ends the agent's absence that is in force, or (`to_come`) takes back those that have not begun. Returns how
    many."""
    which = (agent_absences.c.agent_id == agent_id, agent_absences.c.begun.is_(not to_come))
    return (await conn.execute(delete(agent_absences).where(*which))).rowcount


async def begin_and_end(conn: AsyncConnection, now: datetime) -> None:
    """Sets agents away whose absence has begun, and back those whose absence is over, and notes that. Who went away
    before that, by `/away`, comes back by `/back`."""
    if (await conn.execute(begins_or_ends(), {NOW.key: now})).first() is None:
        return
    ended = and_(agent_absences.c.begun, agent_absences.c.ends_at <= now)
    was_away_by_it = exists().where(_of_agent(), ended, agent_absences.c.starts_at == agents.c.away_since)
    back = update(agents).where(was_away_by_it).values(away_since=None).returning(agents.c.telegram_id)
    await agent_changes.note(conn, (await conn.execute(back)).scalars(), "back", now)
    await conn.execute(delete(agent_absences).where(agent_absences.c.ends_at <= now))
    begins = and_(agent_absences.c.begun.is_(False), agent_absences.c.starts_at <= now)
    first = select(func.min(agent_absences.c.starts_at)).where(_of_agent(), begins).correlate(agents).scalar_subquery()
    here = (agents.c.away_since.is_(None), agents.c.removed_at.is_(None))
    gone = update(agents).where(*here, exists().where(_of_agent(), begins)).values(away_since=first)
    await agent_changes.note(conn, (await conn.execute(gone.returning(agents.c.telegram_id))).scalars(), "absent", now)
    await conn.execute(update(agent_absences).where(begins).values(begun=true()))


@prepared
def begins_or_ends() -> Select[int]:
    """An agent whose absence has begun or is over, which is still to be noted."""
    begins = and_(agent_absences.c.begun.is_(False), agent_absences.c.starts_at <= NOW)
    return select(agent_absences.c.agent_id).where(or_(begins, agent_absences.c.ends_at <= NOW)).limit(1)


async def roster(conn: AsyncConnection, now: datetime) -> rosters.Roster:
    """Everybody who may work the queue, with their shifts and absences."""
    absent: dict[int, list[Window]] = defaultdict(list)
    for row in (await conn.execute(_absent(), {NOW.key: now})).all():
        absent[row.agent_id].append(Window(row.starts_at, row.ends_at))
    return [
        rosters.Agent(kept_shifts(row.shifts), tuple(absent[row.telegram_id]))
        for row in (await conn.execute(_listed())).all()
    ]


@prepared
def _absent() -> Select[*tuple[Any, ...]]:
    return select(agent_absences).where(agent_absences.c.ends_at > NOW)


@prepared
def _listed() -> Select[*tuple[Any, ...]]:
    return select(agents.c.telegram_id, agents.c.shifts).where(agents.c.removed_at.is_(None))


async def set_shifts(conn: AsyncConnection, agent_id: int, shifts: str) -> None:
    """Empty: the agent is there whenever the desk is open."""
    await conn.execute(update(agents).where(agents.c.telegram_id == agent_id).values(shifts=shifts))


def _of_agent() -> ColumnElement[bool]:
    return agent_absences.c.agent_id == agents.c.telegram_id
