"""Agents and supervisors: who may work the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import put
from storage.schema import agents


@dataclass(frozen=True, slots=True)
class Agent:
    telegram_id: int
    name: str
    languages: tuple[str, ...]
    role: str


async def add_agent(conn: AsyncConnection, agent: Agent, now: datetime) -> None:
    """Adds an agent, or changes one who is there already."""
    row = {
        "telegram_id": agent.telegram_id,
        "name": agent.name,
        "languages": ",".join(agent.languages),
        "role": agent.role,
        "added_at": now,
        "removed_at": None,
    }
    await put(conn, agents, ["telegram_id"], row)


async def remove_agent(conn: AsyncConnection, telegram_id: int, now: datetime) -> bool:
    """True if there was such an agent."""
    gone = (
        update(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None)).values(removed_at=now)
    )
    return (await conn.execute(gone)).rowcount > 0


async def list_agents(conn: AsyncConnection) -> list[Agent]:
    query = select(agents).where(agents.c.removed_at.is_(None)).order_by(agents.c.added_at, agents.c.telegram_id)
    return [_agent(row) for row in (await conn.execute(query)).all()]


async def agent(conn: AsyncConnection, telegram_id: int) -> Agent | None:
    query = select(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None))
    row = (await conn.execute(query)).first()
    return _agent(row) if row else None


def _agent(row: object) -> Agent:
    return Agent(row.telegram_id, row.name, tuple(filter(None, row.languages.split(","))), row.role)  # type: ignore[attr-defined]
