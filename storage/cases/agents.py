"""Agents and supervisors: the people who may work the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import agents


@dataclass(frozen=True, slots=True)
class Agent:
    telegram_id: int
    name: str
    languages: tuple[str, ...]
    role: str
    away_since: datetime | None = None
    shifts: str = ""  # as `bot.rules.cases.shifts` reads it; empty: whenever the desk is open


async def add_agent(conn: AsyncConnection, agent: Agent, now: datetime) -> None:
    """Adds an agent, or updates an existing one."""
    row = {
        "telegram_id": agent.telegram_id,
        "name": agent.name,
        "languages": ",".join(agent.languages),
        "role": agent.role,
        "added_at": now,
        "removed_at": None,
        "away_since": None,
    }
    await put(conn, agents, ["telegram_id"], row)


async def remove_agent(conn: AsyncConnection, telegram_id: int, now: datetime) -> bool:
    """Removes an agent; False if there was none with this id."""
    gone = (
        update(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None)).values(removed_at=now)
    )
    return (await conn.execute(gone)).rowcount > 0


async def set_away(conn: AsyncConnection, telegram_id: int, since: datetime | None) -> bool:
    """Sets an agent away since `since`, or back (None). False if the agent already was, or does not exist."""
    changes = agents.c.away_since.is_not(None) if since is None else agents.c.away_since.is_(None)
    changed = update(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None), changes)
    return (await conn.execute(changed.values(away_since=since))).rowcount > 0


async def list_agents(conn: AsyncConnection) -> list[Agent]:
    return [as_agent(row) for row in (await conn.execute(_all())).all()]


@prepared
def _all() -> Select[*tuple[Any, ...]]:
    return select(agents).where(agents.c.removed_at.is_(None)).order_by(agents.c.added_at, agents.c.telegram_id)


async def agent(conn: AsyncConnection, telegram_id: int, *, keep: bool = False) -> Agent | None:
    """The agent with this id; None if there is none. `keep`: nobody removes them before this transaction ends."""
    query = select(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None))
    query = query.with_for_update(read=True) if keep else query
    row = (await conn.execute(query)).first()
    return as_agent(row) if row else None


async def name_of(conn: AsyncConnection, telegram_id: int) -> str | None:
    """The name of an agent, also of one who was removed; None if there never was one with this id."""
    name: str | None = (await conn.execute(select(agents.c.name).where(agents.c.telegram_id == telegram_id))).scalar()
    return name


def as_agent(row: Row[*tuple[Any, ...]]) -> Agent:
    """The agent in a row with all columns of `agents`."""
    languages = tuple(filter(None, row.languages.split(",")))
    return Agent(row.telegram_id, row.name, languages, row.role, row.away_since, row.shifts)
