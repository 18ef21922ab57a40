"""How long to wait before asking for more updates, where they come faster than one by one: what comes meanwhile is
stored, handled and answered together, which costs much less. Nobody waits for this while few write.
"""

from __future__ import annotations

from collections import deque

GATHERED_S = 0.01  # from one batch to the next at least, while they come fast
FAST = 5  # batches within FAST_S: with a far server never so many
FAST_S = 0.15


class Gathering:
    """The batches of one bot; instants are seconds of a clock that only runs forward."""

    def __init__(self) -> None:
        self._came: deque[float] = deque(maxlen=FAST)

    def came(self, now: float) -> None:
        """A batch has come."""
        self._came.append(now)

    def wait_s(self, now: float) -> float:
        """How long to wait now, before the next one is asked for."""
        if len(self._came) < FAST or now - self._came[0] > FAST_S:
            return 0.0
        return max(0.0, self._came[-1] + GATHERED_S - now)
