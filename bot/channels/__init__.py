"""Ways to reach a person: a channel takes a message and answers what became of it, as a value, never an exception.

What a channel is not: it neither decides whether a message should go nor writes down that it went.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

from bot.message import Message

# python-telegram-bot warns on every flood wait it reports until one opts in to durations instead of whole seconds.
os.environ.setdefault("PTB_TIMEDELTA", "1")

ADDRESS_LOST = frozenset({"blocked", "deactivated", "cannot_initiate", "chat_not_found", "is_a_bot"})
"""Reasons that are about the person's address and not about this one message: nothing reaches it until they write."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel took the message, which is not yet read. `reference` is its own name for it (Telegram: the id)."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel did not take the message, `for_good` where another try to the same address is useless.

    `reason` is a stable slug (blocked, deactivated, cannot_initiate, chat_not_found, flood, server_error, timed_out,
    network, in_doubt, bad_request, unauthorized, migrated …); `detail` the server's words, with no token or personal
    data in it. `in_doubt` means that the message may have arrived although no answer came: the caller decides whether
    to try again. `for_good` with any other reason than those in ADDRESS_LOST speaks of this message only.
    """

    for_good: bool
    reason: str
    retry_after_s: float | None = None
    detail: str = ""

    @property
    def address_lost(self) -> bool:
        """Whether nothing at all reaches this address any more, so that another channel has to."""
        return self.for_good and self.reason in ADDRESS_LOST


Outcome = Accepted | Refused


class Channel(Protocol):
    """One way to reach a person."""

    @property
    def name(self) -> str: ...

    async def deliver(self, address: str, message: Message) -> Outcome: ...
