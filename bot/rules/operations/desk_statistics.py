"""The desk's figures over some days, as values, and which first answers were in time.
`storage.operations.desk_statistics` reads them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from bot.rules.policy.desk_hours import desk_windows
from bot.rules.policy.desk_terms import Desk

USUAL_DAYS = 7  # where nobody said how many
MOST_DAYS = 365
WEEK_FROM_DAYS = 45  # over more days than this, one bar is a week


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """One agent: the cases they have now, customers they answered first, cases they closed today and in the whole
    period."""

    name: str
    away: bool
    has: int
    answered: int
    closed_today: int
    closed: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is open now. `late` counts cases past their deadline; the oldest has waited longest."""

    waiting: int
    claimed: int
    snoozed: int
    late: int
    oldest_case: int | None = None
    oldest_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the last `days`, today included, by the desk's calendar. `timely` of `answers` first answers were
    within their deadline; `scores` counts ratings by score."""

    days: int
    now: Waiting
    agents: tuple[AgentFigures, ...]
    timely: int
    answers: int
    outcomes: Mapping[str, int]
    promises: tuple[int, int]  # kept, broken
    plans: tuple[int, int]
    scores: Mapping[int, int]
    asked: int
    by_day: tuple[tuple[date, int, int], ...]  # day, opened, closed
    kept_from: date | None = None  # answers, outcomes and scores of earlier days were removed; None: all are kept

    @property
    def rated(self) -> int:
        return sum(self.scores.values())

    @property
    def mean_score(self) -> float | None:
        return sum(score * n for score, n in self.scores.items()) / self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class First:
    """When a case was opened, and when it was first answered (`answered_s`) or closed without an answer; Unix
    seconds."""

    reason: str
    opened_s: int
    answered_s: int | None
    closed_s: int | None


class Timetable:
    """The desk's working time between two instants, for many questions: as `working_time.worked`, in seconds, but from
    a table."""

    def __init__(self, desk: Desk, since: datetime, until: datetime) -> None:
        self._always = desk.hours is None
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._before: list[int] = []  # seconds worked before each window
        total = 0
        coming = desk_windows(desk, since)
        for window in takewhile(lambda each: each.opens < until, coming):
            opens, closes = _second(window.opens), _second(window.closes)
            self._opens.append(opens)
            self._closes.append(closes)
            self._before.append(total)
            total += closes - opens

    def worked_s(self, start_s: int, end_s: int) -> int:
        return max(0, end_s - start_s if self._always else self._up_to(end_s) - self._up_to(start_s))

    def _up_to(self, second: int) -> int:
        last = bisect_right(self._opens, second) - 1
        if last < 0:
            return 0
        return self._before[last] + min(second, self._closes[last]) - self._opens[last]


def timely(desk: Desk, firsts: Iterable[First], since: datetime, now: datetime) -> tuple[int, int]:
    """How many first answers were within their deadline, and of how many."""
    counted = [was for was in were_timely(desk, firsts, since, now) if was is not None]
    return sum(counted), len(counted)


def were_timely(desk: Desk, firsts: Iterable[First], since: datetime, now: datetime) -> Iterator[bool | None]:
    """Whether each first answer was within its deadline. A case without an answer counts when it is late; None: it does
    not count, as it is not late yet, or was closed in time without needing an answer, for example by a payment. No
    case was opened before `since`."""
    table, now_s = Timetable(desk, since, now), _second(now)
    within: dict[str, int] = {}
    for first in firsts:
        if first.reason not in within:
            within[first.reason] = int(desk.first_answer_within(first.reason).total_seconds())
        end_s = first.answered_s or first.closed_s or now_s
        was_timely = table.worked_s(first.opened_s, end_s) <= within[first.reason]
        yield was_timely if first.answered_s is not None or not was_timely else None


def read_days(words: Sequence[str]) -> int | None:
    """The days that `/stats` and these words ask for; None where they are no number of days from 1 to `MOST_DAYS`."""
    if not words:
        return USUAL_DAYS
    number = words[0]
    if len(words) > 1 or not (number.isascii() and number.isdigit()) or len(number) > len(str(MOST_DAYS)):
        return None
    return int(number) if 1 <= int(number) <= MOST_DAYS else None


def days_of(today: date, days: int) -> list[date]:
    """The days of the figures, oldest first."""
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


def grouped(by_day: tuple[tuple[date, int, int], ...]) -> tuple[tuple[date, int, int], ...]:
    """Day by day, or for a long period by weeks, each under its first day."""
    if len(by_day) <= WEEK_FROM_DAYS:
        return by_day
    weeks: list[tuple[date, int, int]] = []
    for end in reversed(range(len(by_day), 0, -7)):
        week = by_day[max(0, end - 7) : end]
        weeks.append((week[0][0], sum(w[1] for w in week), sum(w[2] for w in week)))
    return tuple(weeks)


def _second(instant: datetime) -> int:
    return int(instant.timestamp())
