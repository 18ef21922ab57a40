"""Absences: the days on which an agent is not there, as they are written. Days are those of the desk's calendar.

24 Dec - 2 Jan      2026-12-24      tomorrow - friday      12月24日到1月2日
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.rules.customers.text_parsing import normalised, said_day

MOST_DAYS = 366  # of one absence, and how far ahead it may begin
BEGUN_WITHIN = timedelta(days=60)  # a first day so near before today is this one, not that of next year
_BETWEEN = re.compile(r"\s+(?:-|–|—|~|to|until|through)\s+|\s*(?:–|—|~|至|到)\s*")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH = re.compile(r"(\d{1,2}) ([a-z]{3,9})|([a-z]{3,9}) (\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Absence:
    """From the first day to the last one, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class NoAbsence:
    """Why these words are no days to be away: they cannot be read, the last day is past or before the first, or it is
    too long or too far ahead."""

    why: Literal["unreadable", "past", "backwards", "far"]


def read_absence(text: str, today: date) -> Absence | NoAbsence:
    """The days that are written: one, or the first and the last."""
    parts = _BETWEEN.split(normalised(text).casefold())
    if (last := _last_of_begun(parts, today)) is not None:
        return Absence(today, last)
    first = _day(parts[0], today)
    if first is None or len(parts) > 2:
        return NoAbsence("unreadable")
    last = first if len(parts) == 1 else _day(parts[1], first)
    if last is None:
        return NoAbsence("unreadable")
    if last < first:
        return NoAbsence("backwards")
    if last < today:
        return NoAbsence("past")
    if last - first > timedelta(days=MOST_DAYS) or first - today > timedelta(days=MOST_DAYS):
        return NoAbsence("far")
    return Absence(max(first, today), last)


def _last_of_begun(parts: Sequence[str], today: date) -> date | None:
    """The last day of an absence that is given by days and months and has begun, lately; None if it is none."""
    if len(parts) != 2 or not all(_DAY_MONTH.fullmatch(each.strip()) for each in parts):
        return None
    first, last = _day(parts[0], today - BEGUN_WITHIN), _day(parts[1], today)
    is_begun = first is not None and last is not None and first < today and last - first <= BEGUN_WITHIN
    return last if is_begun else None


def _day(words: str, after: date) -> date | None:
    """The day that is meant; of a day and a month, the next one."""
    found = _DAY_MONTH.fullmatch(words.strip())
    if found is None:
        return said_day(words, after)
    day, name = int(found[1] or found[4]), (found[2] or found[3])[:3]
    if name not in _MONTHS:
        return None
    for year in range(after.year, after.year + 9):  # 29 Feb may be eight years away
        try:
            on = date(year, _MONTHS.index(name) + 1, day)
        except ValueError:
            continue
        if on >= after:
            return on
    return None
