"""The desk's working periods as instants, one after the other. All that asks when somebody is at the desk, or how much
working time passes, asks here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import merge

from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import Window, is_open, windows


def desk_windows(desk: Desk, since: datetime) -> Iterator[Window]:
    """The working periods that close after `since`, the earliest first; none for a desk that never closes, or does not
    open within a year."""
    return merge(*(windows(period, desk.time_zone, since) for period in desk.periods), key=by_opening)


def desk_is_open(desk: Desk, now: datetime) -> bool:
    """Whether the desk is open now."""
    return desk.hours is None or any(is_open(period, desk.time_zone, now) for period in desk.periods)


def opens_at(desk: Desk, now: datetime) -> datetime:
    """When somebody is at the desk: now, or at the next opening. A desk that does not open within a year counts as
    open, so that every deadline comes some day."""
    window = next(desk_windows(desk, now), None)
    return now if window is None else max(now, window.opens)


def by_opening(window: Window) -> datetime:
    """The key for merging windows."""
    return window.opens
