"""The watchdog of the event loop: interrupts a task that blocks the loop for seconds.

A coroutine that only computes cannot be cancelled, because no other task gets a turn. So the loop sets a system alarm
(SIGALRM) again and again, long before it goes off; if it goes off, something blocks the loop. Python runs the signal's
handler in the middle of the blocking code, even inside a regular expression, and may raise there. A single library call
that never looks at signals is not interrupted; `inbox_turns` deals with it after a restart.

A task that waits for Telegram, for the database or for its turn lets the loop run, and is never interrupted.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()

UNUSED = signal.SIG_DFL
WIND_UP_EVERY_S = 1.0
RINGS_AFTER_S, RINGS_AGAIN_S = 2.0, 1.0
RINGS = 3
"""So many times in a row the same task holds up the loop before it is interrupted: a busy machine, or many tasks with
little each, hold it up with another one each time."""


class Stalled(Exception):
    """The task blocked the event loop for seconds."""


class Watchdog:
    """Watches the running loop, in the main thread only. `may_interrupt` says whether a task may be interrupted; a
    blocking task that may not be is named in the log."""

    def __init__(self, may_interrupt: Callable[[asyncio.Task[object]], bool]) -> None:
        self._may_interrupt = may_interrupt
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None  # the one that blocks the loop
        self._rung = 0

    def start(self) -> None:
        if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGALRM) != UNUSED:
            return  # there are no signals, or something else uses this one
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
        """Runs in the loop."""
        assert self._loop is not None
        if self._rung >= RINGS:  # here, and not in the signal handler: the log may be in the middle of a line there
            name = self._task.get_name().partition(" ")[0] if self._task is not None else "a callback"
            log.warning("something blocked the event loop", what=name, seconds=RINGS_AFTER_S + self._rung)
        self._task, self._rung = None, 0
        signal.setitimer(signal.ITIMER_REAL, RINGS_AFTER_S, RINGS_AGAIN_S)
        self._next = self._loop.call_later(WIND_UP_EVERY_S, self._wind_up)

    def _rings(self, _number: int, _frame: object) -> None:
        """Runs in the middle of any code."""
        task = asyncio.current_task(self._loop)
        self._rung = self._rung + 1 if task is self._task else 1
        self._task = task
        if self._rung >= RINGS and task is not None and self._may_interrupt(task):
            raise Stalled
