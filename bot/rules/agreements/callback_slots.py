"""Call-back slots: the half hours at which a customer can be called. They lie within the customer's contact hours, by
their own clock, and within the desk's working hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.rosters import Roster, staffed
from bot.rules.policy.sending_hours import SendingHours, local_day, window, zones

SLOT = timedelta(minutes=30)
LEAD = timedelta(minutes=30)  # the earliest slot is so far ahead, so that an agent can prepare
DAYS = 3  # how many days with slots are offered
PER_DAY = 2  # slots per day: the first one, and one in the middle of the rest of the day
AHEAD_DAYS = 14  # how far ahead a slot may be, because of rest days and holidays


def slots(hours: SendingHours, zone: str, desk: Desk, now: datetime, roster: Roster = ()) -> tuple[datetime, ...]:
    """The slots that are offered, earliest first."""
    offered: list[datetime] = []
    days = 0
    for ahead in range(AHEAD_DAYS):
        of_day = list(_of_day(hours, zone, desk, roster, now, ahead))
        if not of_day:
            continue
        offered += [of_day[0], *([of_day[len(of_day) // 2]] if len(of_day) >= PER_DAY else [])]
        days += 1
        if days == DAYS:
            break
    return tuple(offered)


def is_slot(hours: SendingHours, zone: str, desk: Desk, at: datetime, now: datetime, roster: Roster = ()) -> bool:
    """Whether a call can be promised for this instant, offered or not."""
    ahead = (local_day(zone, at) - local_day(zone, now)).days
    return 0 <= ahead < AHEAD_DAYS and at in _of_day(hours, zone, desk, roster, now, ahead)


def _of_day(
    hours: SendingHours, zone: str, desk: Desk, roster: Roster, now: datetime, ahead: int
) -> Iterator[datetime]:
    """Every slot of the customer's day that is so many days ahead."""
    contact = window(hours, zone, local_day(zone, now) + timedelta(days=ahead))
    if contact is None:
        return
    at = _next_half_hour(max(contact.opens, now + LEAD), zone)
    while at + SLOT <= contact.closes:
        if _is_staffed(desk, roster, at):
            yield at
        at += SLOT


def _next_half_hour(instant: datetime, zone: str) -> datetime:
    """The first full or half hour by the customer's clock at or after the instant."""
    local = instant.astimezone(zones(zone)[0])
    past = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return (instant + (SLOT - past if past else timedelta())).astimezone(UTC)


def _is_staffed(desk: Desk, roster: Roster, at: datetime) -> bool:
    """Whether somebody is at the desk for the whole slot."""
    return any(
        window.opens <= at and at + SLOT <= window.closes
        for window in takewhile(lambda each: each.opens <= at, staffed(desk, roster, at))
    )
