"""A program that monitoring looks at: its rounds, and the troubles that are found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.operations.troubles import Trouble
from bot.rules.policy.policy import Policy
from bot.settings import Settings
from bot.work.operations.monitoring import look
from bot.work.policy.policies import PolicyBook
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat

PARTS = ("planner", "sender", "guard", "attending", "watch")
SETTINGS = Settings(_env_file=None, agent_chat=-100777, send_rate=20)
HUMANE = load_policy("humane")


async def tick(db: Database, clock: ManualClock, *parts: str) -> None:
    async with db.write() as conn:
        for part in parts:
            await beat(conn, part, clock.now())


async def troubles(db: Database, clock: ManualClock, policy: Policy = HUMANE, **settings: Any) -> list[Trouble]:
    own = SETTINGS.model_copy(update=settings)
    return await look(db, PolicyBook(policy), own, ("telegram",), clock.now())


async def pass_with_rounds(db: Database, clock: ManualClock, **by: float) -> None:
    clock.move(timedelta(**by))
    await tick(db, clock, *PARTS)
