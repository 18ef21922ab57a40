"""Ways to reach a person: a channel sends a message and returns the outcome as a value, never as an exception.

A channel neither decides whether a message may be sent, nor stores that it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.message import Button, Message
from locales import clean

ADDRESS_LOST = frozenset(
    {
        *("blocked", "deactivated", "cannot_initiate", "chat_not_found", "is_a_bot"),
        *("bounced", "bad_address", "no_address"),
    }
)
"""Reasons that are about the person's address and not about this one message: nothing reaches it until they write."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel accepted the message, which may not be read yet. `reference` is its own name for it (Telegram: the
    id), empty if its answer could not be read so far."""

    reference: str

    @property
    def message_id(self) -> int | None:
        """The reference as Telegram's message id; None if it is not known."""
        return int(self.reference) if self.reference.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel did not accept the message; `for_good` if another try to the same address is useless.

    `reason` is a stable slug (blocked, deactivated, cannot_initiate, chat_not_found, bounced, bad_address, no_address,
    rejected, deferred, flood, server_error, timed_out, network, in_doubt, bad_request, unauthorized, migrated …);
    `detail` the server's words or codes, without tokens or personal data. `in_doubt` means that the message may have
    arrived although no answer came: the caller decides whether to try again. `for_good` with a reason that is not in
    ADDRESS_LOST is about this message only.
    """

    for_good: bool
    reason: str
    retry_after_s: float | None = None
    detail: str = ""

    @property
    def address_lost(self) -> bool:
        """Whether no message can reach this address any more, so that another channel is needed."""
        return self.for_good and self.reason in ADDRESS_LOST


Outcome = Accepted | Refused

NOT_LEFT = Refused(False, "not_left")
"""What a channel returns for a message that `Envelope.may_leave` held back: nothing of it was sent."""


async def _always() -> bool:
    return True


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_HTTPS = re.compile(r"https://[!-;=?-~]{1,900}")  # printable ASCII without the brackets around it


@dataclass(frozen=True, slots=True)
class Envelope:
    """A notice and what a channel needs besides its words; each channel uses what it can.

    `subject` is one line fit for a lock screen; without it the message's first line is used. `reference` is the
    notice's own name, the same at every attempt, so that a receiver can recognise a second attempt. `language` is a BCP
    47 tag, `unsubscribe` an https address that stops these notices by a POST, without a question.

    A channel asks `may_leave` when the message's turn has come, after all waiting and right before it is sent; if the
    answer is no, it sends nothing and returns NOT_LEFT. Asking may take a moment.
    """

    message: Message
    subject: str = ""
    reference: str = ""
    language: str = "en"
    unsubscribe: str = ""
    customer_id: str = ""
    may_leave: Callable[[], Awaitable[bool]] = field(default=_always, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not _LANGUAGE.fullmatch(self.language):
            raise ValueError(f"an envelope's language is a BCP 47 tag such as zh-Hant, not {self.language!r}")
        if self.unsubscribe and not _HTTPS.fullmatch(self.unsubscribe):
            raise ValueError("an envelope's unsubscribe is an https:// address in ASCII, percent-encoded, or empty")

    @property
    def headline(self) -> str:
        """The subject on one line."""
        return clean(self.subject) or clean(self.message.plain().strip().partition("\n")[0])


def links(message: Message) -> list[Button]:
    """The buttons that open an address: they also work outside of Telegram."""
    return [button for row in message.buttons for button in row if button.url]


class Channel(Protocol):
    """One way to reach a person."""

    @property
    def name(self) -> str: ...

    @property
    def at_once(self) -> int | None:
        """How many messages it sends at a time; None: as many as it is given."""
        ...

    async def deliver(self, address: str, message: Message) -> Outcome: ...

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        """Sends a message that nobody waits for, such as a reminder, if it may still leave when its turn comes."""
        ...
