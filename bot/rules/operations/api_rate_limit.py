"""How many requests a key may make: so many in each window of time, in each process.

The windows are one after the other, from the first request on; what is left of one is not saved for the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

REQUESTS = 60_000
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The present window of a key: when it began, and how many requests were made in it."""

    began: datetime
    made: int

    @property
    def left(self) -> int:
        return max(0, REQUESTS - self.made)

    @property
    def is_over_limit(self) -> bool:
        return self.made > REQUESTS

    def seconds_left(self, now: datetime) -> int:
        """Until the next window, at least 1."""
        return max(1, -int((now - self.began - WINDOW).total_seconds() // 1))


def after_request(window: Window | None, now: datetime) -> Window:
    """The key's window with one more request. A clock that was set back begins a new one."""
    if window is None or not timedelta() <= now - window.began < WINDOW:
        return Window(now, 1)
    return Window(window.began, window.made + 1)
