"""A time of some days, cut into days, weeks (from Monday) or months, for figures."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

By = Literal["day", "week", "month"]
BY: tuple[By, ...] = get_args(By)
MOST_DAYS = 366
USUAL_DAYS = 30  # where nobody said how many
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days in a row, `last` included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period ends on {self.first} or later, not on {self.last}")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> date:
        """The day on whose evening it begins."""
        return self.first - DAY if self.first > date.min else self.first

    def as_json(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def cut(whole: Period, by: By) -> tuple[Period, ...]:
    """The days, weeks or months that the time touches; the first and the last may be shorter."""
    found: list[Period] = []
    first = whole.first
    while True:
        last = min(_end(first, by), whole.last)
        found.append(Period(first, last))
        if last == whole.last:
            return tuple(found)
        first = last + DAY


def period_of(periods: Sequence[Period], day: date) -> int | None:
    """Which of the periods, which follow each other, this day is in."""
    place = bisect_right(periods, day, key=lambda each: each.first) - 1
    return place if place >= 0 and day <= periods[place].last else None


def _end(first: date, by: By) -> date:
    match by:
        case "day":
            return first
        case "week":
            return date.fromordinal(min(first.toordinal() + 6 - first.weekday(), date.max.toordinal()))
        case "month":
            return _month_end(first)


def _month_end(first: date) -> date:
    if first.month == 12:
        return first.replace(day=31)
    return first.replace(month=first.month + 1, day=1) - DAY
