"""Assignment: transfers a case to a colleague, and lets an agent go away from the desk and come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.cases.case import Case
from bot.rules.cases.who_may import is_theirs
from bot.work import self_assignment
from storage.cases import absences, agent_changes, agents, assignment
from storage.cases.agents import Agent
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Transferred:
    """A colleague has the case now, or why not: `unknown` (or ambiguous) name, with all names; `away`; `theirs`, the
    colleague has it already; `not_yours` to give; `changed`, somebody else was quicker."""

    result: Literal["given", "unknown", "away", "theirs", "not_yours", "changed"]
    to: str = ""
    names: tuple[str, ...] = ()
    over_limit: int | None = None  # how many cases they may take by themselves, if they have more now


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent who went away or came back, or (`already`) had done so before; `cases` counts the cases they hold."""

    already: bool
    held: int


async def transfer(db: Database, case: Case, agent: Agent, name: str, now: datetime) -> Transferred:
    """Gives the case to the agent with that name, who is told. An agent who is away gets none."""
    async with db.write() as conn:
        known = await agents.list_agents(conn)
        found = named(known, name)
        if len(found) != 1:
            others = [other for other in found or known if other.telegram_id != case.owner_id]
            return Transferred("unknown", names=tuple(other.name for other in others))
        (to,) = found
        if not is_theirs(case, agent):
            return Transferred("not_yours", case.owner_name or "")
        if to.telegram_id == case.owner_id:
            return Transferred("theirs", to.name)
        if to.away_since is not None:
            return Transferred("away", to.name)
        given = await assignment.transfer(conn, case, to.telegram_id, to.name, agent.telegram_id, now)
        over = await self_assignment.over_limit(conn, to) if given else None
    return Transferred("given" if given else "changed", to.name, over_limit=over)


def named(known: list[Agent], name: str) -> list[Agent]:
    """The agents that a name means: the one with exactly this name, else those whose names begin with it; case is
    ignored."""
    wanted = " ".join(name.removeprefix("@").split()).casefold()
    if not wanted:
        return []
    exact = [agent for agent in known if agent.name.casefold() == wanted]
    return exact or [agent for agent in known if agent.name.casefold().startswith(wanted)]


async def list_agents(db: Database) -> list[Agent]:
    """Everybody who may work the queue."""
    async with db.read() as conn:
        return await agents.list_agents(conn)


async def go_away(db: Database, agent: Agent, now: datetime) -> Shift:
    """The agent gets no cases from now on. Cases kept for them wait for anybody; the cases they hold go back to the
    queue after a while."""
    async with db.write() as conn:
        if gone := await agents.set_away(conn, agent.telegram_id, now):
            await agent_changes.note(conn, [agent.telegram_id], "away", now, by_id=agent.telegram_id)
        await assignment.free_for_all(conn, agent.telegram_id)
        return Shift(not gone, await assignment.held_by(conn, agent.telegram_id))


async def come_back(db: Database, agent: Agent, now: datetime) -> Shift:
    """The agent is back, and keeps the cases they still hold. An absence that is in force is over."""
    async with db.write() as conn:
        await absences.drop(conn, agent.telegram_id)
        if back := await agents.set_away(conn, agent.telegram_id, None):
            await agent_changes.note(conn, [agent.telegram_id], "back", now, by_id=agent.telegram_id)
        return Shift(not back, await assignment.held_by(conn, agent.telegram_id))
