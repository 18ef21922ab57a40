"""Which cases agents may take, as operators and supervisors set it; who set what is on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.cases.absences import Absence
from bot.rules.cases.agent_limits import Limits
from bot.rules.policy.desk_terms import Desk
from bot.work.acting_outside import ANY, NotDone, Order
from bot.work.cases.duty import absences_of
from storage.cases import agent_changes, agents, assignment
from storage.cases.agents import Agent
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent, how many open cases they have, and when they will not be there, as days of the desk's calendar."""

    agent: Agent
    held: int
    absences: tuple[Absence, ...]


async def colleagues(db: Database, desk: Desk, now: datetime) -> list[Colleague]:
    """Everybody who may work the queue."""
    async with db.read() as conn:
        listed = await agents.list_agents(conn)
        held: Mapping[int, int] = await assignment.held_by_each(conn)
        found = [(agent, await absences_of(conn, agent.telegram_id, desk, now)) for agent in listed]
    return [Colleague(agent, held.get(agent.telegram_id, 0), absences) for agent, absences in found]


async def set_limits(
    db: Database,
    agent_id: int,
    limits: Limits,
    now: datetime,
    *,
    by: Agent | None = None,
    keeps_languages: bool = False,
    order: Order = ANY,
) -> Agent | NotDone:
    """Sets what the agent may take from now on; the cases they have stay theirs. `by` None: an operator does it.
    `keeps_languages`: they speak what they spoke, whatever the limits say."""
    async with db.write() as conn:
        await order.begin(conn, None)
        agent = await agents.agent(conn, agent_id, keep=True)
        if agent is None:
            return NotDone("no_colleague")
        if keeps_languages:
            limits = replace(limits, languages=agent.languages)
        await agents.set_limits(conn, agent_id, limits)
        by_id = by.telegram_id if by is not None else None
        await agent_changes.note(conn, [agent_id], "limits", now, by_id=by_id, limits=limits)
        changed = await agents.agent(conn, agent_id)
        await order.end(conn, None)
    assert changed is not None, "they were just there, and are kept"
    return changed


def limits_of(agent: Agent) -> Limits:
    return Limits(agent.languages, agent.products, agent.segments, agent.most_cases)
