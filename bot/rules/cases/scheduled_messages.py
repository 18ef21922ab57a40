"""Words for later: when an agent's message is to leave, and why it may not leave when its time has come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from bot.rules.cases.snoozes import MORNING, MOST_DAYS, NoDay
from bot.rules.customers.text_parsing import said_day, said_time
from bot.rules.policy.sending_hours import shown_day, zones

Unsent = Literal["closed", "not_yours", "paid", "forgotten", "hours", "caps", "words"]
"""Why words did not leave at their time: the case is closed, or is not its author's any more; something was paid since;
the customer was forgotten; it is outside the hours; one more message would exceed a cap; something in the words is not
right any more."""
UNSENT: tuple[Unsent, ...] = ("closed", "not_yours", "paid", "forgotten", "hours", "caps", "words")

_FIRST = re.compile(r"\s*(\S{1,40})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ForLater:
    """A text, and when it is to leave."""

    at: datetime
    text: str


def read_later(said: str, zone: str, now: datetime) -> ForLater | NoDay:
    """What was written after `/later`: a time (the next one), or a day and perhaps a time, by the clock of `zone`; and
    then the text."""
    today = shown_day(zone, now)
    word, rest = _split(said)
    if (at := said_time(word)) is not None:
        instant = _instant(today, at, zone)
        return _text(instant if instant > now else _instant(today + timedelta(days=1), at, zone), rest)
    day = said_day(word, today)
    if day is None:
        return NoDay("unreadable")
    if day > today + timedelta(days=MOST_DAYS):
        return NoDay("far")
    second, after = _split(rest)
    at = said_time(second)
    instant = _instant(day, at or MORNING, zone)
    if instant <= now:
        return NoDay("past")
    return _text(instant, rest if at is None else after)


def _text(at: datetime, text: str) -> ForLater | NoDay:
    return ForLater(at, text.strip()) if text.strip() else NoDay("unreadable")


def _split(said: str) -> tuple[str, str]:
    """The first word, and what follows it, with its lines."""
    found = _FIRST.match(said)
    return (found[1], said[found.end() :]) if found is not None else ("", said)


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, zones(zone)[0]).astimezone(UTC)
