"""What the doctor looks at: settings that are right, rounds that were made; and how findings are read."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from bot.clock import ManualClock
from bot.settings import Settings
from bot.work.operations.findings import Finding
from bot.work.operations.health_checks import examine
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat

TOKEN = "123456:AAsecret-part_of_the_token"
GROUP = -1001234567890


def settings(**more: Any) -> Settings:
    usual = {"token": SecretStr(TOKEN), "agent_chat": GROUP, "policy": "humane", "_env_file": None}
    return Settings(**{**usual, **more})


async def make_rounds(db: Database, clock: ManualClock, *parts: str) -> None:
    """Every part, or those that are named, has just done its work."""
    async with db.write() as conn:
        for part in parts or ("planner", "sender", "guard", "attending", "watch"):
            await beat(conn, part, clock.now())


async def wrong(db: Database, clock: ManualClock, **more: Any) -> list[Finding]:
    """What is not as it should be, warnings too."""
    return [f for f in await found_in(db, clock, **more) if f.ok is not True]


async def found_in(db: Database, clock: ManualClock, **more: Any) -> list[Finding]:
    """All that is found, but for what is said of the tests' PostgreSQL: it never writes to the disk at once."""
    return [f for f in await examine(settings(**more), db, None, clock) if f.what != "durability"]


async def one(db: Database, clock: ManualClock, **more: Any) -> Finding:
    (finding,) = await wrong(db, clock, **more)
    return finding
