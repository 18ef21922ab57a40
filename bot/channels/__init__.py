"""Ways to reach a person: a channel takes a message and answers what became of it, as a value, never an exception.

What a channel is not: it neither decides whether a message should go nor writes down that it went.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    """The channel took the message, which is not yet read. `reference` is its own name for it (Telegram: the id), empty
    where its answer cannot be read that far."""

    reference: str

    @property
    def message_id(self) -> int | None:
        """The reference as Telegram's number of the message; None where it is not known."""
        return int(self.reference) if self.reference.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel did not take the message, `for_good` where another try to the same address is useless.

    `reason` is a stable slug (blocked, deactivated, cannot_initiate, chat_not_found, bounced, bad_address, no_address,
    rejected, deferred, flood, server_error, timed_out, network, in_doubt, bad_request, unauthorized, migrated …);
    `detail` the server's words or codes, with no token or personal data in it. `in_doubt` means that the message may
    have arrived although no answer came: the caller decides whether to try again. `for_good` with any other reason than
    those in ADDRESS_LOST speaks of this message only.
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

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_HTTPS = re.compile(r"https://[!-;=?-~]{1,900}")  # printable ASCII without the brackets that stand around it


@dataclass(frozen=True, slots=True)
class Envelope:
    """A notice and what a channel needs to carry it beside its words; each channel takes what it has a place for.

    `subject` is one line fit for a lock screen, without one the message's first line counts. `reference` is the
    notice's own name, the same at every attempt: by it a receiver can tell that a second attempt is no second notice.
    `language` is a BCP 47 tag, `unsubscribe` an https address that stops these notices by a POST, with no question.
    """

    message: Message
    subject: str = ""
    reference: str = ""
    language: str = "en"
    unsubscribe: str = ""
    customer_id: str = ""

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
    """The buttons that open an address: those that mean something outside of Telegram."""
    return [button for row in message.buttons for button in row if button.url]


class Channel(Protocol):
    """One way to reach a person."""

    @property
    def name(self) -> str: ...

    async def deliver(self, address: str, message: Message) -> Outcome: ...

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        """Sends what nobody waits for, such as a reminder."""
        ...
