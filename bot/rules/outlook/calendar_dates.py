"""The dates of a customer's calendar, and how they change: a date that moves keeps its entry with a higher number of
changes (SEQUENCE of RFC 5545), and an entry that ends is cancelled, because calendar programs only remove what they are
told of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money

CANCELLED_FOR = timedelta(days=90)  # so long an ended entry is told as cancelled: programs that rarely ask hear of it

DateKind = Literal["due", "promise", "part"]


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """One date: `entry` names it for good, `amount` is what is to be paid by then, None if no sum was named."""

    entry: str
    kind: DateKind
    day: date
    amount: Money | None = None
    product: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the customer's calendar programs know it: the day, how often it changed, and when it ended."""

    entry: str
    day: date
    sequence: int = 0
    ended_at: datetime | None = None


def due_dates(instalments: Sequence[Instalment]) -> list[CalendarDate]:
    """The dates of what is due by itself: of what is in a plan, the parts are due."""
    return [
        CalendarDate(f"due:{i.instalment_id}", "due", i.due_date, i.outstanding, i.product)
        for i in instalments
        if not i.in_plan
    ]


def revised(known: Mapping[str, Entry], present: Collection[CalendarDate], now: datetime) -> dict[str, Entry]:
    """The entries from now on: those of `present`, and cancelled ones until they are old. An entry is the same object
    as before if nothing about it has changed."""
    entries: dict[str, Entry] = {}
    for day in present:
        before = known.get(day.entry)
        if before is None:
            entries[day.entry] = Entry(day.entry, day.day)
        elif before.day == day.day and before.ended_at is None:
            entries[day.entry] = before
        else:
            entries[day.entry] = Entry(day.entry, day.day, before.sequence + 1)
    for name, before in known.items():
        if name in entries:
            continue
        if before.ended_at is None:
            entries[name] = Entry(name, before.day, before.sequence + 1, now)
        elif now - before.ended_at < CANCELLED_FOR:
            entries[name] = before
    return entries
