"""The events of a case's history about words and files of agents that did not go as they are written in a topic."""

from __future__ import annotations

from datetime import datetime

from bot.rules.cases.event_base import Event, event


@event("file_said")
class FileSaid(Event):
    """An agent sent this file to the customer in the console, with this caption; `digest` is SHA-256 of it, as hex."""

    name: str
    size: int
    digest: str
    text: str = ""


@event("sent_anyway")
class SentAnyway(Event):
    """An agent was asked about what was `found` in their words
    (`bot.rules.topics.message_screening`), and sent them."""

    found: tuple[str, ...]
    reason: str


@event("later_unsent")
class LaterUnsent(Event):
    """Words for later did not leave: one of `bot.rules.cases.scheduled_messages.UNSENT`."""

    reason: str


@event("later_kept")
class LaterKept(Event):
    """An agent wrote this in the console, to be sent to the customer at that time; shown by the clock of `zone`."""

    text: str
    at: datetime
    zone: str


@event("later_dropped")
class LaterDropped(Event):
    """An agent took words for later back in the console: they are not sent."""
