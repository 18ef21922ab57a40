"""Working time of the agents' desk: it passes while the desk is open, and stops at night, on rest days and on
holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import Window, is_open, windows

NONE = timedelta()


def desk_is_open(desk: Desk, now: datetime) -> bool:
    """Whether somebody is at the desk now."""
    return desk.hours is None or is_open(desk.hours, desk.time_zone, now)


def opens_at(desk: Desk, now: datetime) -> datetime:
    """When somebody is at the desk: now, or at the next opening. A desk that does not open within a year counts as
    open, so that every deadline comes some day."""
    window = next(_windows(desk, now), None)
    return now if window is None else max(now, window.opens)


def later_by(desk: Desk, start: datetime, duration: timedelta) -> datetime:
    """The instant at which so much working time has passed since `start`. A desk that does not open within a year
    counts as open, so that every deadline comes some day."""
    left = duration
    for window in _windows(desk, start):
        opens = max(start, window.opens)
        if window.closes - opens >= left:
            return opens + left
        left -= window.closes - opens
    return start + duration


def working_days_later(desk: Desk, start: datetime, days: int) -> datetime:
    """When the desk closes on the last of so many working days after the present day. A desk that never closes works
    every day; one that does not open within a year counts as one of those, so that every deadline comes some day."""
    zone = ZoneInfo(desk.time_zone)
    today, left = start.astimezone(zone).date(), days
    for window in _windows(desk, start):
        if window.opens.astimezone(zone).date() > today:
            left -= 1
        if left <= 0:
            return window.closes
    return start + timedelta(days=days)


def worked(desk: Desk, start: datetime, end: datetime) -> timedelta:
    """The working time from `start` to `end`; zero if `end` is earlier."""
    if desk.hours is None:
        return max(NONE, end - start)
    begun = takewhile(lambda window: window.opens < end, _windows(desk, start))
    return sum((max(NONE, min(end, window.closes) - max(start, window.opens)) for window in begun), NONE)


def _windows(desk: Desk, since: datetime) -> Iterator[Window]:
    """The desk's hours, beginning with those that close after `since`; none if it does not open within a year."""
    return iter(()) if desk.hours is None else windows(desk.hours, desk.time_zone, since)
