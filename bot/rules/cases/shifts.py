"""Shifts as they are written: the working periods of one agent's week.

    mon-fri 9:00-12:30 13:30-18:00; sat 10:00-14:00
    周一至周五 9:00-18:00

Times are by the desk's clock. `bot.rules.policy.rosters` says who is there when.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from bot.rules.customers.text_parsing import normalised, weekday_of
from bot.rules.policy.rosters import Shifts
from bot.rules.policy.sending_hours import MIDNIGHT

MOST_PERIODS = 3  # of a day
_TIMES = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?-(\d{1,2})(?:[:.](\d{2}))?", re.ASCII)

Fault = Literal["unreadable", "overlap", "backwards", "twice", "many"]


@dataclass(frozen=True, slots=True)
class NoShifts:
    """Why these words are no shifts, and in which word: it cannot be read; two periods overlap; a period ends before it
    begins (one over midnight is two periods); a day is named twice; or a day has too many periods."""

    fault: Fault
    word: str = ""


def read_shifts(text: str) -> Shifts | NoShifts:
    """The shifts that are written: days, and then their periods; as often as needed."""
    days: dict[int, list[tuple[time, time]]] = {}
    named: tuple[int, ...] = ()
    for word in re.sub(r"\s*[-–—~至到]\s*", "-", normalised(text).casefold()).replace(";", " ").split():
        if (found := _TIMES.fullmatch(word)) is None:
            new = _days_of(word)
            if not new or (named and not days[named[0]]):
                return NoShifts("unreadable", word)
            if set(new) & days.keys():
                return NoShifts("twice", word)
            named = new
            days |= {day: [] for day in new}
            continue
        period = _period(found)
        if not named or period is None:
            return NoShifts("backwards" if named and _is_backwards(found) else "unreadable", word)
        for day in named:
            days[day].append(period)
        if (wrong := _wrong(days[named[0]])) is not None:
            return NoShifts(wrong, word)
    if not named or not days[named[0]]:
        return NoShifts("unreadable")
    return Shifts(tuple(tuple(sorted(days.get(day, ()))) for day in range(7)))


@lru_cache(maxsize=1024)
def kept_shifts(text: str) -> Shifts | None:
    """The shifts as they are kept; None: the agent is there whenever the desk is."""
    read = read_shifts(text)
    return read if isinstance(read, Shifts) else None


def _days_of(word: str) -> tuple[int, ...]:
    """mon, mon-fri, mon,wed, 周一,周三; empty if it cannot be read."""
    found: list[int] = []
    for part in re.split(r"[,，、]", word):
        ends = [weekday_of(each) for each in part.split("-")]
        if len(ends) > 2 or None in ends:
            return ()
        first, last = ends[0] or 0, ends[-1] or 0
        found += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    return tuple(found) if len(set(found)) == len(found) else ()


def _period(found: re.Match[str]) -> tuple[time, time] | None:
    opens, closes = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    if opens is None or closes is None or opens >= closes:
        return None
    return _time(opens), _time(closes)


def _is_backwards(found: re.Match[str]) -> bool:
    return None not in (_minutes(found[1], found[2]), _minutes(found[3], found[4]))


def _minutes(hour: str, minute: str | None) -> int | None:
    """Of the day, to its end; None if there is no such time."""
    at = int(hour) * 60 + int(minute or 0)
    return at if at <= 24 * 60 and int(minute or 0) < 60 else None


def _time(minutes: int) -> time:
    return MIDNIGHT if minutes == 24 * 60 else time(*divmod(minutes, 60))


def _wrong(periods: list[tuple[time, time]]) -> Literal["overlap", "many"] | None:
    if len(periods) > MOST_PERIODS:
        return "many"
    overlaps = any(one[1] == MIDNIGHT or one[1] > two[0] for one, two in pairwise(sorted(periods)))
    return "overlap" if overlaps else None
