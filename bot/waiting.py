"""Measures how long a piece of work has waited for Telegram or the database, because this is not its own time.

Code that waits for them marks it here; code that limits a piece of work's own time (`inbox_turns`) asks here. Outside
of such measuring the marks do nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_timed: ContextVar[OwnTime | None] = ContextVar("timed", default=None)


class OwnTime:
    """The time of one piece of work from now on, without its waits; its parts may wait at the same time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = monotonic()
        self._waiting = 0
        self._since = 0.0
        self._waited_s = 0.0

    @property
    def seconds(self) -> float:
        """How much of its own time has passed."""
        now = self._monotonic()
        waiting_s = now - self._since if self._waiting else 0.0
        return now - self._began - self._waited_s - waiting_s

    @contextmanager
    def counted(self) -> Iterator[None]:
        """The code inside is this piece of work."""
        token = _timed.set(self)
        try:
            yield
        finally:
            _timed.reset(token)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The time inside does not count as its own."""
        if not self._waiting:
            self._since = self._monotonic()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._waited_s += self._monotonic() - self._since


@contextmanager
def waiting_outside() -> Iterator[None]:
    """The code inside waits for Telegram or the database."""
    own = _timed.get()
    if own is None:
        yield
    else:
        with own.paused():
            yield
