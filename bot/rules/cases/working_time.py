"""Working time of the agents' desk: it passes while the desk is open, and stops at night, at lunch, on rest days and on
holidays.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby, takewhile
from zoneinfo import ZoneInfo

from bot.rules.policy.desk_hours import desk_windows
from bot.rules.policy.desk_terms import Desk

NONE = timedelta()


def later_by(desk: Desk, start: datetime, duration: timedelta) -> datetime:
    """The instant at which so much working time has passed since `start`. A desk that does not open within a year
    counts as open, so that every deadline comes some day."""
    left = duration
    for window in desk_windows(desk, start):
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
    for day, of_day in groupby(desk_windows(desk, start), lambda window: window.opens.astimezone(zone).date()):
        if day > today:
            left -= 1
        if left <= 0:
            return max(window.closes for window in of_day)
    return start + timedelta(days=days)


def worked(desk: Desk, start: datetime, end: datetime) -> timedelta:
    """The working time from `start` to `end`; zero if `end` is earlier."""
    if desk.hours is None:
        return max(NONE, end - start)
    begun = takewhile(lambda window: window.opens < end, desk_windows(desk, start))
    return sum((max(NONE, min(end, window.closes) - max(start, window.opens)) for window in begun), NONE)
