"""Calls that come at the same time share a transaction.

The first call begins at once. What comes while it runs is done together by the next transaction: nobody waits for
others to come, and the more people write, the less each of them costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from storage.runtime.failures import is_unavailable

A = TypeVar("A")
R = TypeVar("R")

MOST = 100  # calls in one transaction


class Together(Generic[A, R]):
    """Calls of `do`, which takes several arguments and returns their results in the same order; all or nothing."""

    def __init__(self, do: Callable[[Sequence[A]], Awaitable[Sequence[R]]]) -> None:
        self._do = do
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, one: A) -> R:
        """Its result, or what was raised for it. A caller who is cancelled no longer waits; the call is done."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, result))
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="together")
        return await result

    async def end(self) -> None:
        """Waits for what is under way."""
        if self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._do_all(group)
        finally:
            self._running = None
            for _, result in self._waiting:  # if this task was cancelled
                result.cancel()

    async def _do_all(self, group: Sequence[tuple[A, asyncio.Future[R]]]) -> None:
        try:
            results = await self._do([one for one, _ in group])
        except Exception as error:
            if len(group) > 1 and not is_unavailable(error):
                for each in group:  # one faulty call must not fail the others
                    await self._do_all([each])
                return
            for _, result in group:
                if not result.done():
                    result.set_exception(error)
        else:
            for (_, result), found in zip(group, results, strict=True):
                if not result.done():
                    result.set_result(found)
