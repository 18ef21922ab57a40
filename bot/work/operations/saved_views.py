"""An agent's own views of the console's lists: kept under a name, in place of an earlier one of that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from storage.cases.agents import Agent
from storage.operations import saved_views
from storage.runtime.engine import Database

MOST_VIEWS, MOST_NAME = 20, 40


async def views_of(db: Database, agent: Agent) -> Sequence[tuple[str, Mapping[str, str]]]:
    """Each view's name, and what its list is asked for."""
    async with db.read() as conn:
        found = await saved_views.of_agent(conn, agent.telegram_id)
    return [(name, dict(parse_qsl(filters))) for name, filters in found]


async def save_view(db: Database, agent: Agent, name: str, asked: Mapping[str, str]) -> bool:
    """Keeps a view; False if it has no name that can be kept, or there are too many."""
    called = " ".join(name.split())[:MOST_NAME]
    if not called.isprintable() or not called:
        return False
    async with db.write() as conn:
        return await saved_views.keep(conn, agent.telegram_id, called, urlencode(asked), MOST_VIEWS)


async def drop_view(db: Database, agent: Agent, name: str) -> None:
    async with db.write() as conn:
        await saved_views.drop(conn, agent.telegram_id, name[:MOST_NAME])
