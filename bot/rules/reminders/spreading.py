"""Spreads notices that were planned together over the sending hours, so that they are not all sent at opening time."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.rules.policy.sending_hours import Window

BUCKETS = 60
SHARE_OF_RATE = 0.5  # the other half is for other messages
SHARE_OF_HOURS = 0.5  # the rest is for retries, and for notices planned later in the day
AT_ONCE = timedelta(minutes=5)  # as many messages as the rate allows in this time need no spreading


def spread(hours: Window, now: datetime, waiting: int, new: int, rate: float) -> tuple[datetime, ...]:
    """The instants, `BUCKETS` of them, over which `new` messages are spread; none if no spreading is needed.

    They follow the `waiting` messages of these hours, at no more than `SHARE_OF_RATE` of the `rate` (messages per
    second). They are closer together only if they would otherwise need more than `SHARE_OF_HOURS` of the remaining
    time. None is before the opening or after half of the remaining time.
    """
    begins = max(hours.opens, now)
    if not new or waiting + new <= rate * AT_ONCE.total_seconds() or begins >= hours.closes:
        return ()
    ends_by = begins + (hours.closes - begins) * SHARE_OF_HOURS
    pace = rate * SHARE_OF_RATE
    first, last = (_after(begins, number / pace, ends_by) for number in (waiting, waiting + new))
    if (last - first).total_seconds() * pace < new - 1:
        first = begins  # no room after the waiting ones: spread as widely as allowed
    return tuple(first + (last - first) * ((bucket + 0.5) / BUCKETS) for bucket in range(BUCKETS))


def _after(begins: datetime, seconds: float, at_most: datetime) -> datetime:
    left = (at_most - begins).total_seconds()
    return begins + timedelta(seconds=min(seconds, left))
