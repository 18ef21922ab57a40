"""Rounds: what a process does at regular times, run by APScheduler. Work that never ends or that waits for something is
a task of `bot.loops`.

A round looks in the database for what is due. So a late round still runs, and runs once for all that were missed
(`misfire_grace_time`, `coalesce`); no round runs twice at the same time (`max_instances`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot import spans
from storage.runtime.write_retry import outage

log = structlog.get_logger()

MISSED_FOR = timedelta(minutes=1)
EACH_MINUTE = CronTrigger(second=0, timezone="UTC")


def every(seconds: int) -> IntervalTrigger:
    """Every so many seconds; the first time after so many."""
    return IntervalTrigger(seconds=seconds, timezone="UTC")


@dataclass(frozen=True, slots=True)
class Round:
    """A regular job and its name in the log. `when` is a trigger of APScheduler."""

    name: str
    do: Callable[[], Awaitable[None]]
    when: IntervalTrigger | CronTrigger


class Rounds:
    """The rounds of one process: `start`, then `stop` and `end`."""

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._none_runs = asyncio.Event()
        self._none_runs.set()
        self._stopped = False
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            jobstores={"default": _SteadyStore()},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._begins, EVENT_JOB_SUBMITTED)
        self._scheduler.add_listener(self._is_over, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)

    def start(self, rounds: Iterable[Round]) -> None:
        """Schedules these rounds; their names must differ."""
        for each in rounds:
            self._scheduler.add_job(_made(each), each.when, id=each.name)
        self._scheduler.start()

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While the block runs, no round does: those that became due meanwhile run after it."""
        self._scheduler.pause()
        await self._none_runs.wait()
        try:
            yield
        finally:
            if not self._stopped:
                self._scheduler.resume()

    def stop(self) -> None:
        """No round starts from now on."""
        self._stopped = True
        if self._scheduler.running:
            self._scheduler.pause()

    async def end(self, within_s: float) -> None:
        """After `stop`: lets running rounds finish, and cancels those that are not done in time."""
        if not self._scheduler.running:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._none_runs.wait(), within_s)
        self._scheduler.shutdown(wait=False)
        await self._none_runs.wait()

    def _begins(self, event: Any) -> None:
        self._running.add(event.job_id)
        self._none_runs.clear()

    def _is_over(self, event: Any) -> None:
        self._running.discard(event.job_id)
        if not self._running:
            self._none_runs.set()
        error = event.exception
        if error is None or isinstance(error, asyncio.CancelledError) or outage.noticed(error):
            return  # the next round does the work
        log.error("a round failed", round=event.job_id, exc_info=error)


def _made(each: Round) -> Callable[[], Awaitable[None]]:
    """A coroutine function, so that APScheduler runs it in the event loop."""

    async def job() -> None:
        with spans.root(f"round {each.name}"):
            await each.do()

    return job


class _SteadyStore(MemoryJobStore):  # type: ignore[misc]  # APScheduler has no types
    """Keeps when each round is due, by the machine's clock. APScheduler does not handle steps of that clock. After a
    step back by a year, each round would wait for a year; after a step forward, it counts every missed round, which
    takes a second for each million. Here, a step makes the affected rounds due now, and they continue from there."""

    def __init__(self) -> None:
        super().__init__()
        self._looked_at: datetime | None = None

    def get_due_jobs(self, now: datetime) -> list[Any]:
        was_set_back = self._looked_at is not None and now < self._looked_at
        self._looked_at = now
        for job in self.get_all_jobs():
            if was_set_back or now - job.next_run_time > MISSED_FOR:
                job.modify(next_run_time=now)
        due: list[Any] = super().get_due_jobs(now)
        return due
