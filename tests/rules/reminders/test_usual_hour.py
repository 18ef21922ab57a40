"""The hour at which somebody usually reads, from their signs of life."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.reminders.usual_hour import LEAST_DAYS, usual_hour

BERLIN, FIRST, HOURS = ZoneInfo("Europe/Berlin"), date(2026, 3, 20), tuple(range(9, 20))


def at(*hours: int, zone: ZoneInfo = BERLIN) -> list[datetime]:
    """A sign of life at that hour of each of so many days on end: over the 29th of March, when clocks change."""
    return [datetime.combine(FIRST + timedelta(days=n), time(hour), zone) for n, hour in enumerate(hours)]


def test_most_days_within_two_hours_are_an_hour() -> None:
    assert usual_hour(at(*[18] * 9), BERLIN, HOURS) == 17  # the earliest from which on they are within two hours
    assert usual_hour(at(*[18, 19] * 5), BERLIN, HOURS) == 18
    assert usual_hour(at(*[19] * 8, 7, 8, 10, 22), BERLIN, HOURS) == 18


def test_too_few_days_or_no_usual_hour_is_none() -> None:
    assert usual_hour(at(*[18] * (LEAST_DAYS - 1)), BERLIN, HOURS) is None
    assert usual_hour(at(9, 11, 13, 15, 17, 19, 21, 23, 7, 5), BERLIN, HOURS) is None
    assert usual_hour(at(*[3] * 20), BERLIN, HOURS) is None  # at night nothing may leave
    assert usual_hour(at(*[9] * 20), BERLIN, HOURS) is None  # reminders come then as it is
    assert usual_hour([], BERLIN, HOURS) is usual_hour(at(*[18] * 9), BERLIN, ()) is None


def test_so_many_days_and_half_of_them_are_enough() -> None:
    assert usual_hour(at(*[18] * LEAST_DAYS), BERLIN, HOURS) == 17
    apart = (10, 12, 14, 16, 6)
    assert usual_hour(at(*[18] * 5, *apart), BERLIN, HOURS) == 17
    assert usual_hour(at(*[18] * 4, *apart, 7), BERLIN, HOURS) is None


def test_a_long_talk_counts_as_one_day() -> None:
    talk = [datetime(2026, 3, 20, 12, minute, tzinfo=BERLIN) for minute in range(60)]
    assert usual_hour(talk, BERLIN, HOURS) is None


@given(st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 30), timezones=st.just(BERLIN)), max_size=40))
def test_it_is_an_hour_to_choose_whatever_the_order(signs: list[datetime]) -> None:
    found = usual_hour(signs, BERLIN, HOURS)
    assert found in (None, *HOURS[1:])
    assert usual_hour(signs[::-1], BERLIN, HOURS) == found
