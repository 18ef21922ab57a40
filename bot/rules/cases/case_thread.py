"""A case's talk as values: what was said both ways, what the bot sent, notes, and what happened, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.cases.case import CaseCard
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.facts.customer_facts import Instalment

Side = Literal["customer", "agent", "bot", "event"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a case's talk. Of what was said, `kind` is the contact's (word, press, media, agent, reminder …),
    `state` accepted, attempted, refused, answered, or waiting (on its way), and `body` the words, None where they were
    not kept. Of what happened there is the `event`. `name` is the agent who wrote or did it, empty if none did or it is
    not known."""

    at: datetime
    side: Side
    kind: str = ""
    channel: str = ""
    state: str = ""
    reason: str = ""
    body: str | None = None
    name: str = ""
    event: Event | BareEvent | None = None


@dataclass(frozen=True, slots=True)
class CaseThread:
    """A case with its facts as of now and its talk, oldest first; `is_whole` if nothing earlier was left out. What is
    owed is `disputed` where the customer says that it is wrong, else `disputable`, each instalment with its key."""

    card: CaseCard
    lines: tuple[Line, ...]
    is_whole: bool
    disputed: tuple[tuple[str, Instalment], ...] = ()
    disputable: tuple[tuple[str, Instalment], ...] = ()
