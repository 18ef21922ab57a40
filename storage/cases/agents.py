"""Agents and supervisors: the people who may work the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Select, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.agent_limits import Limits
from bot.rules.cases.who_may import SUPERVISOR
from storage.runtime.engine import put
from storage.runtime.prepared import NOW, prepared
from storage.schema import agent_absences, agents

AGENT = bindparam("given_agent_id", type_=BigInteger())


@dataclass(frozen=True, slots=True)
class Agent:
    telegram_id: int
    name: str
    languages: tuple[str, ...]
    role: str
    away_since: datetime | None = None
    shifts: str = ""  # as `bot.rules.cases.shifts` reads it; empty: whenever the desk is open
    products: tuple[str, ...] = ()  # of the accounts whose cases they may take; empty: any
    segments: tuple[str, ...] = ()  # of the customers whose cases they may take; empty: any
    most_cases: int | None = None  # open cases that they may take at once; None: no limit

    @property
    def is_supervisor(self) -> bool:
        return self.role == SUPERVISOR


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
        "audits": False,
    }
    await put(conn, agents, ["telegram_id"], row)
    # An absence that goes on begins once more in the next round.
    await conn.execute(_beginning_again(), {AGENT.key: agent.telegram_id, NOW.key: now})


@prepared
def _beginning_again() -> Update:
    theirs = agent_absences.c.agent_id == AGENT
    return update(agent_absences).where(theirs, agent_absences.c.ends_at > NOW).values(begun=False)


async def remove_agent(conn: AsyncConnection, telegram_id: int, now: datetime) -> str | None:
    """Removes an agent and returns their name; None if there was none with this id."""
    gone = (
        update(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None)).values(removed_at=now)
    )
    row = (await conn.execute(gone.returning(agents.c.name))).first()
    return row.name if row is not None else None


async def set_away(conn: AsyncConnection, telegram_id: int, since: datetime | None) -> bool:
    """Sets an agent away since `since`, or back (None). False if the agent already was, or does not exist."""
    changes = agents.c.away_since.is_not(None) if since is None else agents.c.away_since.is_(None)
    changed = update(agents).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None), changes)
    return (await conn.execute(changed.values(away_since=since))).rowcount > 0


async def set_limits(conn: AsyncConnection, telegram_id: int, limits: Limits) -> None:
    """What an agent may take from now on; the cases they have stay theirs."""
    lists = {"languages": limits.languages, "products": limits.products, "segments": limits.segments}
    values = {name: ",".join(each) for name, each in lists.items()}
    whose = agents.c.telegram_id == telegram_id
    await conn.execute(update(agents).where(whose).values(**values, most_cases=limits.most_cases))


async def lock(conn: AsyncConnection, telegram_id: int) -> None:
    """Nobody else counts this agent's cases before this transaction ends."""
    await conn.execute(
        select(agents.c.telegram_id).where(agents.c.telegram_id == telegram_id).with_for_update(key_share=True)
    )


async def list_agents(conn: AsyncConnection) -> list[Agent]:
    return [as_agent(row) for row in (await conn.execute(_all())).all()]


@prepared
def _all() -> Select[*tuple[Any, ...]]:
    return select(agents).where(agents.c.removed_at.is_(None)).order_by(agents.c.added_at, agents.c.telegram_id)


async def agent(conn: AsyncConnection, telegram_id: int, *, keep: bool = False) -> Agent | None:
    """The agent with this id; None if there is none. `keep`: nobody removes them before this transaction ends."""
    row = (await conn.execute(_agent(keep=keep), {"given_agent_id": telegram_id})).first()
    return as_agent(row) if row else None


@prepared
def _agent(*, keep: bool) -> Select[*tuple[Any, ...]]:
    query = select(agents).where(agents.c.telegram_id == AGENT, agents.c.removed_at.is_(None))
    # Not shared, because `lock` asks for as much; what refers to the agent may be written meanwhile.
    return query.with_for_update(key_share=True) if keep else query


async def name_of(conn: AsyncConnection, telegram_id: int) -> str | None:
    """The name of an agent, also of one who was removed; None if there never was one with this id."""
    name: str | None = (await conn.execute(_name(), {AGENT.key: telegram_id})).scalar()
    return name


@prepared
def _name() -> Select[*tuple[Any, ...]]:
    return select(agents.c.name).where(agents.c.telegram_id == AGENT)


def as_agent(row: Row[*tuple[Any, ...]]) -> Agent:
    """The agent in a row with all columns of `agents`."""
    return Agent(
        telegram_id=row.telegram_id,
        name=row.name,
        languages=_listed(row.languages),
        role=row.role,
        away_since=row.away_since,
        shifts=row.shifts,
        products=_listed(row.products),
        segments=_listed(row.segments),
        most_cases=row.most_cases,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
