"""What a process does all the time until it is told to stop: tasks that wait for work, such as sending and the inbox.

They are no rounds of APScheduler's (`bot.rounds`), since nothing of them happens by the clock: a batch follows the one
before it as fast as Telegram takes it, and an update is answered when it comes. And a task that dies ends the process,
while a round that fails is made again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from storage.runtime.write_retry import persist

LOOK_EVERY_S = 1.0  # for work that another process put into the database


class Loops:
    """The loops of one process, from the first `loop` until `end`."""

    def __init__(self, look_every_s: float) -> None:
        """`look_every_s`: how often is looked for work that another process left."""
        self._look_every_s = look_every_s
        self._tasks: list[asyncio.Task[None]] = []
        self._ended_at_once: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The loops; one that raises has died of it."""
        return self._tasks

    def loop(self, name: str, run: Callable[[], Awaitable[None]], *, ended_at_once: bool = False) -> None:
        """Begins a loop, which ends by itself once `stopping`; or `ended_at_once`, if it only waits and nothing of it
        is in flight."""

        async def runs() -> None:
            await run()

        task = asyncio.create_task(runs(), name=name)
        self._tasks.append(task)
        if ended_at_once:
            self._ended_at_once.append(task)

    async def whenever(self, has_work: asyncio.Event, do: Callable[[], Awaitable[None]]) -> None:
        """Does it when there is work, and every so often for what other processes left."""
        while not self._stopping.is_set():
            has_work.clear()
            await persist(do)
            if self._stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(has_work.wait(), self._look_every_s)

    async def pause(self, seconds: float) -> None:
        """Pauses, but not into the end."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    def stop(self) -> None:
        """Nothing new begins from here on."""
        self._stopping.set()
        for task in self._ended_at_once:
            task.cancel()

    async def end(self, within_s: float) -> None:
        """After `stop`: lets what runs come to its end, and cancels what has not by then."""
        if not self._tasks:
            return
        _, unfinished = await asyncio.wait(self._tasks, timeout=within_s)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
