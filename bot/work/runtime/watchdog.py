"""The watchdog of the event loop: what keeps it from everybody else for seconds is interrupted.

A coroutine that only computes cannot be cancelled, since nobody else has a turn. So the loop winds up an alarm clock of
the system (SIGALRM) again and again, long before it rings; where it rings, something holds the loop up. Python runs the
handler of the signal in the middle of what holds it up, be it in a regular expression, and may raise there. A single
call of a library that never looks at signals is not interrupted; `in_turns` sees to it after a restart.

What waits, for Telegram, for the database or for its turn, lets the loop run and is never interrupted.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

import structlog

log = structlog.get_logger()

UNUSED = signal.SIG_DFL
WIND_UP_EVERY_S = 1.0
RINGS_AFTER_S, RINGS_AGAIN_S = 2.0, 1.0
RINGS = 3
"""So many times in a row the same task holds up the loop before it is interrupted: a busy machine, or many tasks with
little each, hold it up with another one each time."""


class Stalled(Exception):
    """The task held up the loop for seconds."""


class Watchdog:
    """Watches over the running loop, in the main thread only. `may_interrupt` says of a task whether it may be; what
    holds the loop up and may not be is named in the log."""

    def __init__(self, may_interrupt: Callable[[asyncio.Task[Any]], bool]) -> None:
        self._may_interrupt = may_interrupt
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None  # that holds the loop up
        self._rung = 0

    def start(self) -> None:
        if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGALRM) != UNUSED:
            return  # there are no signals, or somebody else has this one
        self._loop = asyncio.get_running_loop()
        signal.signal(signal.SIGALRM, self._rings)
        self._wind_up()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, UNUSED)

    def _wind_up(self) -> None:
        """In the loop, which runs."""
        assert self._loop is not None
        if self._rung >= RINGS:  # here, and not where it rang: there a log may be in the middle of a line
            name = self._task.get_name().partition(" ")[0] if self._task is not None else "a callback"
            log.warning("something held up everybody", what=name, seconds=RINGS_AFTER_S + self._rung)
        self._task, self._rung = None, 0
        signal.setitimer(signal.ITIMER_REAL, RINGS_AFTER_S, RINGS_AGAIN_S)
        self._next = self._loop.call_later(WIND_UP_EVERY_S, self._wind_up)

    def _rings(self, _number: int, _frame: object) -> None:
        """In the middle of whatever runs."""
        task = asyncio.current_task(self._loop)
        self._rung = self._rung + 1 if task is self._task else 1
        self._task = task
        if self._rung >= RINGS and task is not None and self._may_interrupt(task):
            raise Stalled
