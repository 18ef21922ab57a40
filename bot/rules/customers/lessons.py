"""Lessons of `/learn` as values: short cards about money, and the hint that a reminder may end with.

`lesson_file` reads them. Here is also which hint is told, and when the same may be told to the same person once more.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

When = Literal["before", "overdue", "always"]
WHEN: tuple[When, ...] = ("before", "overdue", "always")

INLINE = ("brand",)
"""Placeholders within a sentence. Each always has a value."""
WHOLE = ("costs", "credit_record", "debt_advice")
"""Placeholders that are a paragraph of their own. It is left out where the customer's policy has nothing to say."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Card:
    """One screen: a heading and paragraphs, as Telegram's HTML with placeholders such as `{brand}`."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence below a reminder, as plain text. It fits reminders before a due date, of overdue debts, or both."""

    when: When
    text: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A subject with its cards, in one language; `name` is the same in all languages."""

    name: str
    title: str
    cards: tuple[Card, ...]
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons of each language by tag, in the order in which they are offered. Each language has the same."""

    by_language: Mapping[str, Sequence[Lesson]]

    def of(self, language: str) -> Sequence[Lesson]:
        return self.by_language[language]

    def lesson(self, language: str, name: str) -> Lesson | None:
        return next((lesson for lesson in self.of(language) if lesson.name == name), None)


def hint_for(lessons: Sequence[Lesson], told: Mapping[str, date], *, overdue: bool, today: date) -> Lesson | None:
    """The lesson whose hint fits today: of those that may be told, the one that was never told or longest ago. `told`
    has the last day of each by the lesson's name. None if every hint that fits was told within a month."""
    fitting = [each for each in lessons if each.hint is not None and each.hint.when in ("always", _now(overdue))]
    free = [each for each in fitting if each.name not in told or again_on(told[each.name]) <= today]
    return min(free, key=lambda each: told.get(each.name, date.min), default=None)


def again_on(told: date) -> date:
    """The first day on which the same may be told again: that of the next month with the same number, or, if that month
    is shorter, the first day after it. So it is never twice in a month, by the calendar or counted from any day."""
    following = _last_of(told) + timedelta(days=1)
    last = _last_of(following)
    return following.replace(day=told.day) if told.day <= last.day else last + timedelta(days=1)


LONGEST_AGO = timedelta(days=62)
"""What was told longer ago than this may be told again, whatever the day."""


def _last_of(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _now(overdue: bool) -> When:
    return "overdue" if overdue else "before"
