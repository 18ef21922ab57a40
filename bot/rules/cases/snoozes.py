"""Snoozing: until when a case may rest. An agent writes a coming day, with or without a time, by the customer's clock.

`text_parsing` reads the day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from bot.rules.customers.text_parsing import normalised, said_day
from bot.rules.policy.sending_hours import local_day, zones

MOST_DAYS = 60
MORNING = time(9)  # if no time is given
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class NoDay:
    """Why these words are no day to rest until: none can be read, it is past, or it is more than `MOST_DAYS` ahead."""

    why: Literal["unreadable", "past", "far"]


def rests_until(words: Sequence[str], zone: str, now: datetime) -> datetime | NoDay:
    """The instant of a day with an optional time; a day alone means its morning."""
    if not 1 <= len(words) <= 2:
        return NoDay("unreadable")
    today = local_day(zone, now)
    day = said_day(words[0], today)
    at = _time(words[1]) if len(words) == 2 else MORNING
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


def _time(word: str) -> time | None:
    found = _TIME.fullmatch(normalised(word))
    return time(int(found[1]), int(found[2])) if found else None
