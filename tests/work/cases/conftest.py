"""The desk of these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.clock import ManualClock
from storage.cases import agents
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from tests.work.cases.kept_cases import BOB, MEI, SUE, Cases


@pytest.fixture
async def desk(db: Database, clock: ManualClock) -> AsyncIterator[Cases]:
    async with db.write() as conn:
        for number, name, role in ((MEI, "Mei", "agent"), (BOB, "Bob", "agent"), (SUE, "Sue", "supervisor")):
            await agents.add_agent(conn, Agent(number, name, (), role), clock.now())
    yield Cases(db, clock)
