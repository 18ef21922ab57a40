"""Waiting for what the bot says, for tests: by text or pattern, event by event, never by polling the clock.

A bot's message can be heard once; when it is edited it can be heard again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from bot.sandbox.bell import Bell
from bot.sandbox.messages import Message

Wanted = str | re.Pattern[str]
Where = Callable[[Message], bool]


class Ear:
    """What one listener has heard of a list of messages that grows."""

    def __init__(self, name: str, bell: Bell, heard_of: Callable[[], Sequence[Message]]) -> None:
        self.name = name
        self._bell = bell
        self._messages = heard_of
        self._heard: set[tuple[int, int]] = set()
        self._mark = 0

    def attend(self, seq: int) -> None:
        """From here on `hears_nothing` watches."""
        self._mark = max(self._mark, seq)

    async def hears(self, wanted: Wanted, timeout_s: float, where: Where | None = None) -> Message:
        """The first message not heard yet that matches; AssertionError with all that was seen after `timeout_s`."""
        end = time.monotonic() + timeout_s
        while True:
            for message in filter(where, self._from_bot()):
                key = (message.message_id, message.seq)
                if key not in self._heard and matches(wanted, message.text):
                    self._heard.add(key)
                    self.attend(message.seq)
                    return message
            if not await self._bell.wait(end - time.monotonic()):
                raise AssertionError(self._report(wanted, timeout_s))

    async def hears_nothing(self, for_s: float, where: Where | None = None) -> None:
        """Fails when the bot says anything since the last thing heard, said or pressed, for `for_s` seconds more."""
        end = time.monotonic() + for_s
        while True:
            news = [message for message in filter(where, self._from_bot()) if message.seq > self._mark]
            if news:
                lines = "\n  ".join(message.describe() for message in news)
                raise AssertionError(f"{self.name} should hear nothing, but the bot said:\n  {lines}")
            if not await self._bell.wait(end - time.monotonic()):
                return

    def _from_bot(self) -> list[Message]:
        return [message for message in self._messages() if message.from_bot]

    def _report(self, wanted: Wanted, timeout_s: float) -> str:
        pattern = wanted if isinstance(wanted, str) else wanted.pattern
        lines = []
        for message in self._messages():
            heard = " (heard)" if (message.message_id, message.seq) in self._heard else ""
            lines.append(message.describe() + heard)
        seen = "\n  ".join(lines[-30:]) or "nothing at all"
        return f"{self.name} did not hear {pattern!r} within {timeout_s} s; seen, oldest first:\n  {seen}"


def matches(wanted: Wanted, text: str) -> bool:
    """Whether `text` contains `wanted` literally, or matches it as a regular expression."""
    if isinstance(wanted, re.Pattern):
        return wanted.search(text) is not None
    if wanted in text:
        return True
    try:
        return re.search(wanted, text) is not None
    except re.error:
        return False
