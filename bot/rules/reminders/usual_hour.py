"""The hour at which somebody usually reads: foreseen from the hours at which they wrote or pressed, with their consent.

Reminders then wait for that hour of the day, as if it had been chosen. It never moves one to another day, and an hour
that was chosen counts more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SINCE = timedelta(days=180)  # what is looked at
LEAST_DAYS = 8  # of fewer days nothing is foreseen
LEAST_SHARE = 0.5  # of the days: else there is no usual hour
SPAN = 2  # hours from it on


def usual_hour(signs: Iterable[datetime], zone: ZoneInfo, hours: Sequence[int]) -> int | None:
    """The one of `hours` (those at which messages may leave) from which on, within two hours, the first sign of life of
    most days fell; of several the earliest. None if there are too few days, or these are spread over more hours, or it
    is the first of `hours`, at which reminders leave anyway."""
    first: dict[object, int] = {}
    for at in sorted(signs):
        local = at.astimezone(zone)
        first.setdefault(local.date(), local.hour)
    if len(first) < LEAST_DAYS or not hours:
        return None
    counts = {hour: sum(hour <= said < hour + SPAN for said in first.values()) for hour in hours}
    best = max(counts.values())
    found = next(hour for hour in hours if counts[hour] == best)
    return None if best < LEAST_SHARE * len(first) or found == hours[0] else found
