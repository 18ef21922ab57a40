"""How long a piece of work has waited for Telegram or for the database, which is not its own fault.

Who waits for them says so here; who gives a piece of work only so much time of its own (`inbox_turns`) asks here. What
is not being timed says it to nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_timed: ContextVar[OwnTime | None] = ContextVar("timed", default=None)


class OwnTime:
    """The time of one piece of work from now on, without what it waits outside; parts of it may wait at once."""

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
        """What runs within is this piece of work."""
        token = _timed.set(self)
        try:
            yield
        finally:
            _timed.reset(token)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What passes within is not its own."""
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
    """Within, Telegram or the database is waited for."""
    own = _timed.get()
    if own is None:
        yield
    else:
        with own.paused():
            yield
