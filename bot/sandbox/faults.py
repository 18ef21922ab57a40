"""What can go wrong between a bot and Telegram, on demand: errors, waits, cut connections, and rate limits.

Faults are queued by a test and used up by the next calls that fit; limits are off unless given.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

from bot.sandbox.errors import ApiError, too_many_requests

ANY_METHOD = "*"


@dataclass(slots=True)
class Fault:
    """One way for a call to fail, `times` over."""

    method: str
    status: int | None = None
    description: str | None = None
    retry_after: int | None = None
    drop: Literal["before", "after"] | None = None
    delay_s: float = 0.0
    times: int = 1
    chat_id: int | None = None
    answer: Callable[[dict[str, Any]], bytes] | None = None

    def fits(self, method: str, chat_id: int | None) -> bool:
        return self.method.lower() in (ANY_METHOD, method.lower()) and self.chat_id in (None, chat_id)

    def error(self) -> ApiError | None:
        """What to answer instead of doing the call; None when the call is done in spite of it."""
        if self.retry_after is not None:
            return too_many_requests(self.retry_after)
        if self.status is not None:
            return ApiError(self.status, self.description or HTTPStatus(self.status).phrase)
        return None


class Faults:
    """The faults still to come, oldest first."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def next(
        self,
        method: str = ANY_METHOD,
        *,
        status: int | None = None,
        description: str | None = None,
        retry_after: int | None = None,
        drop: Literal["before", "after"] | None = None,
        delay_s: float = 0.0,
        times: int = 1,
        chat_id: int | None = None,
        answer: Callable[[dict[str, Any]], bytes] | None = None,
    ) -> None:
        """The next `times` calls of `method` (`*`: any) fail this way.

        `drop="before"` cuts the connection with nothing done, `"after"` when all is done but not answered.
        `answer` makes the body that is answered, with status 200, of the true answer when all is done.
        """
        if status is None and retry_after is None and drop is None and not delay_s and answer is None:
            raise ValueError("a fault needs status=, retry_after=, drop=, delay_s= or answer=")
        self._queue.append(Fault(method, status, description, retry_after, drop, delay_s, times, chat_id, answer))

    def clear(self) -> None:
        """Forgets the faults still to come."""
        self._queue.clear()

    @property
    def pending(self) -> int:
        """How many calls are still to fail."""
        return sum(fault.times for fault in self._queue)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The next fault for this call, if any; it is used up."""
        for fault in self._queue:
            if fault.fits(method, chat_id):
                fault.times -= 1
                if not fault.times:
                    self._queue.remove(fault)
                return fault
        return None


@dataclass(slots=True)
class Limits:
    """Telegram's flood limits, as sliding windows of real time; 0 turns one off."""

    per_chat_s: int = 1
    per_group_min: int = 20
    overall_s: int = 30
    timer: Callable[[], float] = time.monotonic
    _sent: dict[int | None, deque[float]] = field(default_factory=dict)

    def check(self, chat_id: int, messages: int = 1) -> None:
        """Counts one message to `chat_id`, or an album of so many, or refuses it with the time to wait."""
        now = self.timer()
        waits = [self._wait_s(None, self.overall_s, 1.0, now, messages)]
        if chat_id < 0:
            waits.append(self._wait_s(chat_id, self.per_group_min, 60.0, now, messages))
        else:
            waits.append(self._wait_s(chat_id, self.per_chat_s, 1.0, now, 1))  # an album is one message to a person
        if max(waits) > 0:
            raise too_many_requests(max(1, math.ceil(max(waits))))
        for key in (None, chat_id):
            self._sent.setdefault(key, deque()).extend([now] * messages)

    def _wait_s(self, key: int | None, limit: int, window_s: float, now: float, messages: int) -> float:
        if not limit:
            return 0.0
        sent = self._sent.setdefault(key, deque())
        while sent and sent[0] <= now - window_s:
            sent.popleft()
        needed = min(messages, limit)
        return sent[len(sent) + needed - limit - 1] + window_s - now if len(sent) + needed > limit else 0.0
