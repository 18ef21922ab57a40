"""Shares expensive answers: several clients who ask at the same time get one answer, and when a fifth of the time was
spent on making answers, the last one is repeated for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

SHARE = 0.2  # of the time
AHEAD_S = 1.0  # seconds of making answers before one is repeated
OLDEST_S = 15.0


class SharedAnswers(Generic[T]):
    """Makes an answer by `make`, or repeats the last one. An exception of `make` is raised to all who wait, and not
    kept."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._making: asyncio.Task[T] | None = None
        self._last: tuple[T, float] | None = None
        self._left_s = AHEAD_S
        self._counted_at_s = 0.0

    async def answer(self) -> T:
        now_s = asyncio.get_running_loop().time()
        self._left_s = min(AHEAD_S, self._left_s + (now_s - self._counted_at_s) * SHARE)
        self._counted_at_s = now_s
        if self._making is None:
            if self._last is not None and self._left_s <= 0 and now_s - self._last[1] < OLDEST_S:
                return self._last[0]
            self._making = asyncio.create_task(self._made(now_s))
            self._making.add_done_callback(self._ended)
        return await asyncio.shield(self._making)

    async def _made(self, began_s: float) -> T:
        try:
            made = await self._make()
        finally:
            ended_s = asyncio.get_running_loop().time()
            self._left_s -= ended_s - began_s
        self._last = (made, ended_s)
        return made

    def _ended(self, task: asyncio.Task[T]) -> None:
        self._making = None
        if not task.cancelled():
            task.exception()  # the waiting callers have it
