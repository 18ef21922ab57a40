"""Snoozing: until when a case may rest. An agent writes a coming day, with or without a time, by the customer's clock.

`text_parsing` reads the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from bot.rules.customers.text_parsing import said_day, said_time
from bot.rules.policy.sending_hours import shown_day, zones

MOST_DAYS = 60
MORNING = time(9)  # if no time is given


@dataclass(frozen=True, slots=True)
class NoDay:
    """Why these words are no day to rest until: none can be read, it is past, or it is more than `MOST_DAYS` ahead."""

    why: Literal["unreadable", "past", "far"]


def rests_until(words: Sequence[str], zone: str, now: datetime) -> datetime | NoDay:
    """The instant of a day with an optional time; a day alone means its morning."""
    if not 1 <= len(words) <= 2:
        return NoDay("unreadable")
    today = shown_day(zone, now)
    day = said_day(words[0], today)
    at = said_time(words[1]) if len(words) == 2 else MORNING
    if day is None or at is None:
        return NoDay("unreadable")
    if day > today + timedelta(days=MOST_DAYS):
        return NoDay("far")
    return checked_rest(datetime.combine(day, at, zones(zone)[0]).astimezone(UTC), now)


def checked_rest(until: datetime, now: datetime) -> datetime | NoDay:
    """That instant, if a case may rest until then: to the end of the last day, wherever that is."""
    if until <= now:
        return NoDay("past")
    return NoDay("far") if until - now > timedelta(days=MOST_DAYS + 1) else until
