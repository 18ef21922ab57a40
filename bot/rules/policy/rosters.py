"""The roster: which agents are there when, by the desk's hours, their shifts and their absences.

All that tells a customer when somebody is there, or offers a time at which somebody has to be there, asks here. How
much working time passes is by the desk's hours alone (`bot.rules.cases.working_time`): a deadline is not later because
somebody is ill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import merge
from itertools import takewhile

from bot.rules.policy.desk_hours import by_opening, desk_is_open, desk_windows, opens_at
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sections import WEEKDAYS
from bot.rules.policy.sending_hours import DAYS_AHEAD, MIDNIGHT, SendingHours, Window, windows

_ROUND_THE_CLOCK = SendingHours(MIDNIGHT, MIDNIGHT)


_ALL_DAYS = frozenset(range(7))
_AHEAD = timedelta(days=DAYS_AHEAD)


@dataclass(frozen=True, slots=True)
class Shifts:
    """The working periods of each day of the week, from Monday; each period from its first time until before its second
    one (`MIDNIGHT`: the day's end)."""

    days: tuple[tuple[tuple[time, time], ...], ...]

    def __str__(self) -> str:
        """As it is written: equal days that follow each other in one entry."""
        entries: list[tuple[int, int, tuple[tuple[time, time], ...]]] = []
        for day, periods in enumerate(self.days):
            if periods and entries and entries[-1][1:] == (day - 1, periods):
                entries[-1] = (entries[-1][0], day, periods)
            elif periods:
                entries.append((day, day, periods))
        return "; ".join(_entry(*entry) for entry in entries)


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent: `shifts` (None: whenever the desk is open), and when they are absent."""

    shifts: Shifts | None = None
    absences: tuple[Window, ...] = ()


Roster = Sequence[Agent]
"""Everybody who may work the queue. An empty one is a desk whose people nobody has named yet: its hours count."""


def somebody_is_there(desk: Desk, roster: Roster, now: datetime) -> bool:
    """Whether the desk is open and one of its agents is on duty."""
    if _is_as_the_desk(roster):
        return desk_is_open(desk, now)
    window = next(staffed(desk, roster, now), None)
    return window is not None and now in window


def somebody_from(desk: Desk, roster: Roster, now: datetime) -> datetime:
    """When somebody is there: now, or from the next time on. If nobody is within a year, when the desk opens."""
    if _is_as_the_desk(roster):
        return opens_at(desk, now)
    window = next(staffed(desk, roster, now), None)
    return opens_at(desk, now) if window is None else max(now, window.opens)


def staffed(desk: Desk, roster: Roster, since: datetime) -> Iterator[Window]:
    """The times within a year that end after `since`, in which the desk is open and somebody is on duty, the earliest
    first. A desk round the clock is cut at its midnights."""
    begins = windows(_ROUND_THE_CLOCK, desk.time_zone, since) if desk.hours is None else desk_windows(desk, since)
    for window in takewhile(lambda each: each.opens < since + _AHEAD, begins):
        if _is_as_the_desk(roster):
            yield window
        else:
            parts = (part for agent in roster for part in _present(agent, desk.time_zone, window))
            yield from (part for part in _joined(parts) if part.closes > since)


def _is_as_the_desk(roster: Roster) -> bool:
    """Whether somebody is there whenever the desk is open."""
    return not roster or any(agent.shifts is None and not agent.absences for agent in roster)


def _present(agent: Agent, zone: str, within: Window) -> Iterator[Window]:
    """When the agent is there, within a window."""
    shifts = [within] if agent.shifts is None else _begun(shift_windows(agent.shifts, zone, within.opens), within)
    for shift in shifts:
        opens = max(shift.opens, within.opens)
        closes = min(shift.closes, within.closes)
        for absence in sorted(agent.absences, key=lambda each: each.opens):
            if absence.opens > opens and opens < closes:
                yield Window(opens, min(closes, absence.opens))
            opens = max(opens, absence.closes)
        if opens < closes:
            yield Window(opens, closes)


def shift_windows(shifts: Shifts, zone: str, since: datetime) -> Iterator[Window]:
    """The periods that close after `since`, the earliest first."""
    every = (
        SendingHours(opens, closes, _ALL_DAYS - {day})
        for day, periods in enumerate(shifts.days)
        for opens, closes in periods
    )
    return merge(*(windows(hours, zone, since) for hours in every), key=by_opening)


def _begun(shifts: Iterator[Window], within: Window) -> Iterable[Window]:
    return takewhile(lambda shift: shift.opens < within.closes, shifts)


def _joined(parts: Iterable[Window]) -> Iterator[Window]:
    """The same times, without overlaps."""
    last: Window | None = None
    for part in sorted(parts, key=lambda each: each.opens):
        if last is None or part.opens > last.closes:
            if last is not None:
                yield last
            last = part
        else:
            last = Window(last.opens, max(last.closes, part.closes))
    if last is not None:
        yield last


def _entry(first: int, last: int, periods: tuple[tuple[time, time], ...]) -> str:
    days = WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
    return " ".join([days, *(f"{opens:%-H:%M}-{_closing(closes)}" for opens, closes in periods)])


def _closing(closes: time) -> str:
    return "24:00" if closes == MIDNIGHT else f"{closes:%-H:%M}"
