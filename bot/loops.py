"""Loops: tasks that run until the process is told to stop, such as sending and the inbox.

They are not rounds of APScheduler (`bot.rounds`), because they do not depend on the clock: a batch follows the one
before as fast as Telegram accepts it, and an update is answered when it comes. A loop that dies ends the process, while
a round that fails is run again, and what is done once beside them (`once`) may fail.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from storage.runtime.write_retry import persist

log = structlog.get_logger()

LOOK_EVERY_S = 1.0  # for work that another process put into the database
LOOK_SELDOM_S = 5.0  # the same, where other processes ring (`bot.work.runtime.bells`)


class Loops:
    """The loops of one process, from the first `loop` until `end`."""

    def __init__(self, look_every_s: float) -> None:
        """`look_every_s`: how often to look for work from other processes."""
        self._look_every_s = look_every_s
        self._tasks: list[asyncio.Task[None]] = []
        self._ended_at_once: list[asyncio.Task[None]] = []
        self._woken: list[Callable[[], None]] = []
        self._stopping = asyncio.Event()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The loops; one that raises has died."""
        return self._tasks

    def loop(self, name: str, run: Callable[[], Awaitable[None]], *, ended_at_once: bool = False) -> None:
        """Starts a loop, which ends itself when `stopping` is set. `ended_at_once`: it only waits, so it can be
        cancelled at any time."""

        async def runs() -> None:
            await run()

        task = asyncio.create_task(runs(), name=name)
        self._tasks.append(task)
        if ended_at_once:
            self._ended_at_once.append(task)

    def once(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Starts what is done once after the start and can be left out, such as the bot's menus: whatever goes wrong
        there, the process goes on, and the log has why."""

        async def runs() -> None:
            try:
                await run()
            except Exception:
                log.exception("could not be done after the start", what=name)

        self.loop(name, runs, ended_at_once=True)

    def woken_at_stop(self, wake: Callable[[], None]) -> None:
        """Calls `wake` when the loops are to stop: a loop that waits for work sees it at once."""
        self._woken.append(wake)

    async def whenever(
        self, has_work: asyncio.Event, do: Callable[[], Awaitable[None]], *, seldom: Callable[[], bool] = lambda: False
    ) -> None:
        """Calls `do` when there is work, and regularly for work from other processes: `seldom` while they ring."""
        self.woken_at_stop(lambda: asyncio.Event.set(has_work))  # a bell would ring in other processes, too
        while not self._stopping.is_set():
            has_work.clear()
            await persist(do)
            if self._stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(has_work.wait(), LOOK_SELDOM_S if seldom() else self._look_every_s)

    async def pause(self, seconds: float) -> None:
        """Pauses, but not longer than until the end."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    def stop(self) -> None:
        """Nothing new starts from now on."""
        self._stopping.set()
        for wake in self._woken:
            wake()
        for task in self._ended_at_once:
            task.cancel()

    async def end(self, within_s: float) -> None:
        """After `stop`: lets running loops finish, and cancels those that are not done in time."""
        if not self._tasks:
            return
        _, unfinished = await asyncio.wait(self._tasks, timeout=within_s)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
