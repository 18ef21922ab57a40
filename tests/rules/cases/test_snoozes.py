"""Until when an agent lets a case rest: a day and perhaps a time, by the customer's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.cases.case import Case
from bot.rules.cases.snoozes import MOST_DAYS, NoDay, checked_rest, rests_until

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # Monday, noon in Taipei


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("2026-03-05", (2026, 3, 5, 1)),
        ("2026-03-05 14:30", (2026, 3, 5, 6, 30)),
        ("03-05", (2026, 3, 5, 1)),
        ("3月5日 9：00", (2026, 3, 5, 1)),
        ("tomorrow", (2026, 3, 3, 1)),
        ("明天 8:15", (2026, 3, 3, 0, 15)),
        ("後天", (2026, 3, 4, 1)),
        ("Friday", (2026, 3, 6, 1)),
        ("mon", (2026, 3, 9, 1)),
        ("周五", (2026, 3, 6, 1)),
        ("禮拜天", (2026, 3, 8, 1)),
        ("3d", (2026, 3, 5, 1)),
        ("3天", (2026, 3, 5, 1)),
        ("60d", (2026, 5, 1, 1)),
        ("today 18:00", (2026, 3, 2, 10)),
        ("today 12:01", (2026, 3, 2, 4, 1)),
    ],
)
def test_a_day_is_read_by_the_customers_clock(words: str, until: tuple[int, ...]) -> None:
    assert rests_until(words.split(), "Asia/Taipei", NOW) == datetime(*until, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(("words", "day"), [("tomorrow", 3), ("1d", 3), ("today", 2), ("tue", 3), ("mon", 9)])
def test_of_two_zones_the_day_is_by_the_clock_that_is_shown(words: str, day: int) -> None:
    """In New York it is still Sunday."""
    now = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    assert rests_until([words], "Asia/Taipei|America/New_York", now) == datetime(2026, 3, day, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        *(("", "unreadable"), ("soon", "unreadable"), ("2026-02-30", "unreadable"), ("friday 25:00", "unreadable")),
        *(("next week friday", "unreadable"), ("3d then", "unreadable"), ("2026-03-01", "past"), ("today", "past")),
        *(("0d", "past"), ("61d", "far"), ("2027-03-01", "far"), ("999d", "far"), ("02-27", "past")),
        *(("90d", "far"), ("today 12:00", "past"), ("2026-03-05 14:30 sharp", "unreadable")),
    ],
)
def test_a_day_that_cannot_be_says_why(words: str, why: str) -> None:
    found = rests_until(words.split(), "Asia/Taipei", NOW)
    assert isinstance(found, NoDay) and found.why == why


def test_a_case_may_rest_from_now_to_the_end_of_the_last_day_anywhere() -> None:
    moment, most = timedelta(microseconds=1), timedelta(days=MOST_DAYS + 1)
    assert checked_rest(NOW, NOW) == NoDay("past")
    assert [checked_rest(NOW + ahead, NOW) for ahead in (moment, most)] == [NOW + moment, NOW + most]
    assert checked_rest(NOW + most + moment, NOW) == NoDay("far")


def test_a_case_rests_while_it_is_open_and_has_a_day_to_rest_until() -> None:
    awake = Case(1, "C1", "asked", "claimed", NOW)
    resting = replace(awake, snoozed_until=NOW)
    assert [case.rests for case in (awake, resting, replace(resting, state="closed"))] == [False, True, False]
