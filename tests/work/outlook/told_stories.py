"""A customer's story as it is told, and what of it comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.clock import ManualClock
from bot.rules.policy.policy import Policy
from bot.work.outlook.customer_timeline import Story, story
from bot.work.outlook.next_steps import Next
from storage.runtime.engine import Database
from tests.work.lives import ANNA, POLICY

TODAY = date(2026, 3, 2)
CHANNELS = ("telegram", "email", "sms", "push")


async def told(
    db: Database, clock: ManualClock, channels: tuple[str, ...] = ("telegram",), policy: Policy = POLICY
) -> Story:
    found = await story(db, policy, ANNA, clock.now(), channels=channels)
    assert found is not None
    return found


async def upcoming(db: Database, clock: ManualClock, instalment_id: str | None = "I1") -> list[Next]:
    return [n for n in (await told(db, clock)).next if n.instalment_id == instalment_id]


def taipei(day: int, hour: int = 9, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=8)
