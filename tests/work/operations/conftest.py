"""Databases of a program that is well, and a receiver of events."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.clock import ManualClock
from storage.cases.agents import Agent, add_agent
from storage.facts import imports
from storage.runtime.engine import Database
from tests.work.lives import MEI, customer, linked, owes
from tests.work.operations.health import make_rounds
from tests.work.operations.monitored import PARTS, tick
from tests.work.operations.receiver import Receiver, receiving


@pytest.fixture
async def healthy(db: Database, clock: ManualClock) -> Database:
    """A database of a program that runs and has all it needs."""
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    await linked(db, clock.now())
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", ("en",), "supervisor"), clock.now())
        await imports.wallet_spoke(conn, clock.now())
    await make_rounds(db, clock)
    return db


@pytest.fixture
async def well(db: Database, clock: ManualClock) -> Database:
    """A database of a program that runs, with a customer who owes something today."""
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    await tick(db, clock, *PARTS)
    async with db.write() as conn:
        await imports.wallet_spoke(conn, clock.now())
    return db


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one
