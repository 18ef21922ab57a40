"""Call limits: whether an agent may call a customer now, by the policy's contact hours and the packs' limits on calls.

Calls are counted by the customer's own days. If only candidates of their zone are known, days are counted in each
candidate, and one that forbids is enough. What a call was about is not stored, so all calls to a customer count
together, which never allows more calls than counting per debt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.rules.policy.packs_terms import MostCalls
from bot.rules.policy.sending_hours import SendingHours, next_window, zones

Result = Literal["reached", "no_answer", "wrong_number"]
RESULTS: tuple[Result, ...] = ("reached", "no_answer", "wrong_number")
Why = Literal["day", "attempts", "week", "talk"]
WEEK_DAYS = 7


def read_call(words: str) -> tuple[Result, str] | None:
    """What came of a call and the note on it, as an agent writes them after `/call`; None where no result is named."""
    first, _, note = words.strip().partition(" ")
    result = next((result for result in RESULTS if result == first.casefold()), None)
    return None if result is None else (result, note.strip())


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made: when, and its result."""

    at: datetime
    result: Result


@dataclass(frozen=True, slots=True)
class TooMany:
    """One more call now would exceed a pack's limit: which limit, and from when on it would not (None: on none of the
    days checked)."""

    why: Why
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """No limit is exceeded. `opens` is when the contact hours next open, None while they are open; `never` if they do
    not open within a year."""

    opens: datetime | None = None
    never: bool = False


def may_call(
    limits: MostCalls | None, hours: SendingHours, calls: Sequence[Call], zone: str, now: datetime
) -> Allowed | TooMany:
    """Judges a call at this instant. `calls` are those to this customer, at least of the last `days_that_count`."""
    if (why := over(limits, calls, zone, now)) is not None:
        return TooMany(why, _free_from(limits, calls, zone, now))
    window = next_window(hours, zone, now)
    if window is None:
        return Allowed(never=True)
    return Allowed(opens=window.opens if now < window.opens else None)


def over(limits: MostCalls | None, calls: Iterable[Call], zone: str, at: datetime) -> Why | None:
    """The limit that a call at that instant would exceed; None if it exceeds none. Calls after `at` do not count."""
    if limits is None:
        return None
    past = [call for call in calls if call.at <= at]
    found = [why for place in zones(zone) if (why := _over(limits, past, place, at)) is not None]
    return found[0] if found else None


def days_that_count(limits: MostCalls | None) -> int:
    """How many days back a call can still count, with a reserve for candidate zones."""
    quiet = None if limits is None else limits.quiet_days_after_talk
    return max(WEEK_DAYS, quiet or WEEK_DAYS) + 2


def _over(limits: MostCalls, past: Sequence[Call], place: ZoneInfo, at: datetime) -> Why | None:
    today = at.astimezone(place).date()
    ages = [((today - call.at.astimezone(place).date()).days, call.result) for call in past]
    quiet = limits.quiet_days_after_talk
    if quiet is not None and any(result == "reached" and age < quiet for age, result in ages):
        return "talk"
    if limits.per_7_days is not None and sum(age < WEEK_DAYS for age, _ in ages) >= limits.per_7_days:
        return "week"
    if limits.per_day is not None and sum(not age and result == "reached" for age, result in ages) >= limits.per_day:
        return "day"
    most = limits.attempts_per_day
    if most is not None and sum(not age and result == "no_answer" for age, result in ages) >= most:
        return "attempts"
    return None


def _free_from(limits: MostCalls | None, calls: Sequence[Call], zone: str, now: datetime) -> datetime | None:
    """The first instant from now on at which no limit is exceeded: counts change at the beginning of a day."""
    ahead = days_that_count(limits)
    return next((at for at in _midnights(zone, now, ahead) if over(limits, calls, zone, at) is None), None)


def _midnights(zone: str, now: datetime, days: int) -> Iterator[datetime]:
    """The beginnings of the coming days in each zone, in order."""
    found = set()
    for place in zones(zone):
        today = now.astimezone(place).date()
        for ahead in range(1, days):
            found.add(datetime.combine(today + timedelta(days=ahead), time(0), place).astimezone(UTC))
    yield from sorted(found)
