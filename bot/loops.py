"""What a process does again and again until it is told to stop: loops, and rounds that are made by the clock.

What any of them does is not known here. At the end nothing new begins, and what runs is waited for before it is
cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from storage.runtime.write_retry import outage, persist

Round = tuple[Callable[[], Awaitable[None]], int]  # what is done by the clock, and every how many seconds

LOOK_EVERY_S = 1.0  # for work that another process put into the database
CLOCK_LOOK_S = 1.0
CLOCK_STEP_S = 1.0  # what is less makes a round late by as much


class Loops:
    """The loops and rounds of one process. Begins on the first `loop` or `start`, ends by `end`."""

    def __init__(self, look_every_s: float) -> None:
        """`look_every_s`: how often is looked for work that another process left."""
        self._look_every_s = look_every_s
        self._tasks: list[asyncio.Task[None]] = []
        self._ended_at_once: list[asyncio.Task[None]] = []
        self._rounds: set[asyncio.Task[Any]] = set()  # what runs now of those made by the clock
        self._scheduler: AsyncIOScheduler | None = None
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

    def start(self, rounds: Iterable[Round]) -> None:
        """Makes each of these rounds every so many seconds, none of them twice at once."""
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for do, every_s in rounds:
            self._scheduler.add_job(
                self._round, "interval", [do], seconds=every_s, max_instances=1, coalesce=True, misfire_grace_time=None
            )
        self._scheduler.start()
        self.loop("the clock's steps", self._mind_the_clock, ended_at_once=True)

    async def _mind_the_clock(self) -> None:
        """The scheduler goes by the machine's clock. Where that is set back, every round would wait until it has come
        again to where it was: so all of them are made at once, and go on from there."""
        monotonic = asyncio.get_running_loop().time
        ahead_s = time.time() - monotonic()
        while not self._stopping.is_set():
            await self.pause(CLOCK_LOOK_S)
            was_s, ahead_s = ahead_s, time.time() - monotonic()
            if was_s - ahead_s > CLOCK_STEP_S and self._scheduler is not None and not self._stopping.is_set():
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    async def _round(self, do: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._rounds.add(task)
        try:
            await do()
        except Exception as error:
            if not outage.noticed(error):  # the next round does it
                raise
        except asyncio.CancelledError:
            if not self._stopping.is_set():  # at the end it is what was to happen, and no news for the scheduler
                raise
        finally:
            self._rounds.discard(task)

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
        if self._scheduler is not None:
            self._scheduler.pause()  # its shutdown would cancel the rounds that are in the middle of something
        for task in self._ended_at_once:
            task.cancel()

    async def end(self, within_s: float) -> None:
        """After `stop`: lets what runs come to its end, and cancels what has not by then."""
        running = [*self._tasks, *self._rounds]
        if running:
            _, unfinished = await asyncio.wait(running, timeout=within_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
