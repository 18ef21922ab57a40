"""Taking a case: what an agent may take, and how many at once. Every way to a case of one's own goes through here: the
group's commands and buttons, the first words in a waiting case, the console and the API. What a supervisor gives does
not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.rules.cases.who_may import MayNot
from bot.rules.languages import BASES, base_of
from storage.cases import agents, assignment
from storage.cases.agents import Agent
from storage.cases.assignment import Fitting, Terms
from storage.runtime.engine import Connection


async def claim(conn: Connection, case_id: int, agent: Agent, now: datetime) -> MayNot | None:
    """Claims this case if it waits; otherwise nothing is done. Why not, if the agent may not take it."""
    if agent.away_since is not None:
        return MayNot("away")
    if (why := await _full(conn, agent)) is not None:
        return why
    if agent.products or agent.segments:
        theirs = replace(await fitting(conn, agent), languages=None)  # another language is no reason to refuse
        if not await assignment.fits(conn, case_id, theirs):
            return MayNot("unfit")
    await assignment.claim(conn, case_id, agent.telegram_id, now)
    return None


async def claim_next(conn: Connection, agent: Agent, now: datetime) -> int | MayNot | None:
    """Claims the most urgent waiting case that fits the agent: its number, None if there is none, or why not."""
    if agent.away_since is not None:
        return MayNot("away")
    if (why := await _full(conn, agent)) is not None:
        return why
    return await assignment.claim_next(conn, agent.telegram_id, now, await fitting(conn, agent))


async def fitting(conn: Connection, agent: Agent) -> Fitting:
    """The cases that this agent may take: those of their languages, products and segments, and those that fit no
    agent's list. An agent without a list takes every case."""
    if not (agent.languages or agent.products or agent.segments):
        return assignment.ANY
    listed = await agents.list_agents(conn)
    languages = _languages(agent, listed)
    everybodys = {Terms(each.products, each.segments): None for each in listed}
    return Fitting(
        None if languages is None else tuple(sorted(languages)),
        Terms(agent.products, agent.segments),
        tuple(everybodys),
    )


async def over_limit(conn: Connection, agent: Agent) -> int | None:
    """The agent's limit, if they have more cases than that."""
    held = await assignment.held_by(conn, agent.telegram_id)
    return agent.most_cases if agent.most_cases is not None and held > agent.most_cases else None


async def _full(conn: Connection, agent: Agent) -> MayNot | None:
    if agent.most_cases is None:
        return None
    await agents.lock(conn, agent.telegram_id)
    held = await assignment.held_by(conn, agent.telegram_id)
    return MayNot("full", most=agent.most_cases) if held >= agent.most_cases else None


def _languages(agent: Agent, listed: Sequence[Agent]) -> frozenset[str] | None:
    if not agent.languages:
        return None
    spoken = _bases(tag for other in listed for tag in other.languages)
    found = _bases(agent.languages) | (frozenset(BASES) - spoken)
    return None if found >= frozenset(BASES) else found


def _bases(tags: Iterable[str]) -> frozenset[str]:
    """Languages without script or region: a reader of one Chinese script can read the other."""
    return frozenset(filter(None, map(base_of, tags)))
