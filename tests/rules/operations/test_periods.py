"""A time cut into days, weeks or months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.operations.periods import BY, By, Period, cut, period_of


@pytest.mark.parametrize(
    ("by", "firsts"),
    [
        ("day", ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"]),
        ("week", ["2026-02-27", "2026-03-02"]),  # a Monday
        ("month", ["2026-02-27", "2026-03-01"]),
    ],
)
def test_days_weeks_and_months_follow_the_calendar(by: By, firsts: list[str]) -> None:
    parts = cut(Period(date(2026, 2, 27), date(2026, 3, 3)), by)
    assert [part.first.isoformat() for part in parts] == firsts
    assert parts[-1].last == date(2026, 3, 3)


@given(st.dates(), st.integers(0, 800), st.sampled_from(BY))
def test_each_day_is_in_exactly_one_part(first: date, days: int, by: By) -> None:
    last = date.fromordinal(min(first.toordinal() + days, date.max.toordinal()))
    parts = cut(Period(first, last), by)
    assert sum(part.days for part in parts) == Period(first, last).days
    for n, part in enumerate(parts):
        assert period_of(parts, part.first) == period_of(parts, part.last) == n
    assert first == date.min or period_of(parts, first - timedelta(days=1)) is None
    assert last == date.max or period_of(parts, last + timedelta(days=1)) is None


def test_weeks_end_on_sunday_and_the_last_one_with_the_calendar() -> None:
    weeks = cut(Period(date(9999, 12, 25), date.max), "week")  # a Saturday, to a Friday
    assert [(week.first.day, week.last.day) for week in weeks] == [(25, 26), (27, 31)]


def test_a_period_begins_on_the_evening_before() -> None:
    assert Period(date(2026, 3, 1), date(2026, 3, 2)).before == date(2026, 2, 28)
    assert Period(date.min, date.max).before == date.min
    assert Period(date(2026, 3, 1), date(2026, 3, 2)).as_json() == {"from": "2026-03-01", "to": "2026-03-02"}


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="ends on 2026-03-02 or later, not on 2026-03-01"):
        Period(date(2026, 3, 2), date(2026, 3, 1))
