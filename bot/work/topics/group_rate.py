"""The rate limit of a group, shared by processes and kept over a restart: its minute is longer than a restart takes.

The `RateLimiter` keeps all limits within its own process; here it learns about the other processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist
from storage.topics.group_rate import take_places

PER_MINUTE = 20
# A call may arrive so much later than it was written down, and the next call without delay.
MINUTE = timedelta(seconds=60 + 3)


@dataclass(frozen=True, slots=True)
class GroupPace:
    """`room` is what a `RateLimiter` asks before each call to a group."""

    db: Database
    clock: Clock

    async def room(self, chat: int | str, messages: int = 1) -> float:
        """In how many seconds there is room for so many more messages; 0.0: now, and they are written down."""

        async def take() -> timedelta:
            async with self.db.write() as conn:
                return await take_places(conn, chat, min(messages, PER_MINUTE), self.clock.now(), PER_MINUTE, MINUTE)

        return (await persist(take)).total_seconds()
