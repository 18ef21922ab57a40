"""A line of a customer's timeline as data: which sentence it is, and its values. `bot.views.outlook.timeline_words`
puts it into a language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SlugOf = Literal[
    "answer", "called", "case", "channel", "notice", "press", "reason", "refused", "sent", "unsent", "way", "why"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """A Telegram account; None if the person was forgotten."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Slug:
    """A short name that has words of its own, and of what it is one."""

    of: SlugOf
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says. `says` names its sentence, `values` fill it: texts, numbers, days, sums, times with the zone
    on whose clock they are told, time zones, events of cases, those above, and lines or tuples of lines within it.
    `aside` is added in brackets, `also` after commas, `further` after semicolons. `body` is what somebody wrote, as
    they wrote it, below the sentence, which ends with a colon if `colon`."""

    says: str
    values: Mapping[str, object] = field(default_factory=dict)
    aside: tuple[Line, ...] = ()
    also: tuple[Line, ...] = ()
    further: tuple[Line, ...] = ()
    body: str = ""
    colon: bool = True


def line(says: str, **values: object) -> Line:
    """A line without additions."""
    return Line(says, values)
