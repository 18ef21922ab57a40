"""An agent who is absent stays absent, whatever else of them is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.rules.policy.sending_hours import Window
from storage.cases import absences
from storage.cases.agents import Agent, add_agent, agent
from storage.runtime.engine import Database

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MEI = Agent(900, "Mei", ("en",), "agent")


async def test_who_is_changed_while_away_is_away_again_in_the_next_round(db: Database) -> None:
    async with db.write() as conn:
        await add_agent(conn, MEI, NOW)
        await absences.add(conn, 900, Window(NOW - timedelta(days=1), NOW + timedelta(days=3)))
    for _ in range(2):
        async with db.write() as conn:
            await absences.begin_and_end(conn, NOW)
            found = await agent(conn, 900)
            assert found is not None and found.away_since == NOW - timedelta(days=1)
            await add_agent(conn, MEI, NOW)
