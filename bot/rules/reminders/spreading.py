"""How what was planned in one go is spread over the hours, so that it does not all leave as they open."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.rules.policy.sending_hours import Window

BUCKETS = 60
SHARE_OF_RATE = 0.5  # the other half is for whoever else is due
SHARE_OF_HOURS = 0.5  # the rest of them is for what is refused for now, and for what comes in during the day
AT_ONCE = timedelta(minutes=5)  # what the rate lets out in that time needs no spreading


def spread(hours: Window, now: datetime, waiting: int, new: int, rate: float) -> tuple[datetime, ...]:
    """The instants, `BUCKETS` of them, over which `new` messages are spread; none where they need not be.

    They follow on the `waiting` that leave in these hours already, at no more than `SHARE_OF_RATE` of the `rate`
    (messages a second), and closer together only where that would go beyond `SHARE_OF_HOURS` of what is left. None is
    before the hours open or after half of what is left of them.
    """
    begins = max(hours.opens, now)
    if not new or waiting + new <= rate * AT_ONCE.total_seconds() or begins >= hours.closes:
        return ()
    ends_by = begins + (hours.closes - begins) * SHARE_OF_HOURS
    pace = rate * SHARE_OF_RATE
    first, last = (_after(begins, number / pace, ends_by) for number in (waiting, waiting + new))
    if (last - first).total_seconds() * pace < new - 1:
        first = begins  # no room behind those who wait: as wide as may be
    return tuple(first + (last - first) * ((bucket + 0.5) / BUCKETS) for bucket in range(BUCKETS))


def _after(begins: datetime, seconds: float, at_most: datetime) -> datetime:
    left = (at_most - begins).total_seconds()
    return begins + timedelta(seconds=min(seconds, left))
