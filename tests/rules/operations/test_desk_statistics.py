"""The desk's statistics: which first answers were in time, days and weeks, and how many days are asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.cases.working_time import worked
from bot.rules.operations.desk_statistics import (
    Figures,
    First,
    Timetable,
    Waiting,
    days_of,
    grouped,
    read_days,
    timely,
)
from bot.rules.policy.desk_terms import Break, Desk
from bot.rules.policy.sending_hours import SendingHours

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # a Monday, noon in Taipei
HOUR = 3600
LUNCH = Desk(time_zone="Asia/Taipei", hours=SendingHours(time(9), time(18)), pause=Break(time(12), time(13)))
ALWAYS = Desk(first_answer={"asked": timedelta(hours=1), "other": timedelta(hours=8)})
OFFICE = Desk("Asia/Taipei", SendingHours(time(9), time(18), frozenset({5, 6})), first_answer=ALWAYS.first_answer)


def ago(hours: float) -> int:
    return int(NOW.timestamp() - hours * HOUR)


def since() -> datetime:
    return NOW - timedelta(days=30)


@pytest.mark.parametrize(
    ("first", "counts"),
    [
        (First("asked", ago(5), ago(4.5), None), (1, 1)),
        (First("asked", ago(5), ago(3.5), None), (0, 1)),
        (First("overdue", ago(5), ago(3.5), None), (1, 1)),
        (First("asked", ago(0.5), None, None), (0, 0)),  # still time
        (First("asked", ago(2), None, None), (0, 1)),  # late by now
        (First("asked", ago(5), None, ago(4.5)), (0, 0)),  # paid before an answer was due
        (First("asked", ago(5), None, ago(2)), (0, 1)),  # paid after one was
    ],
)
def test_a_first_answer_is_in_time_or_not_or_does_not_count(first: First, counts: tuple[int, int]) -> None:
    assert timely(ALWAYS, [first], since(), NOW) == counts


def test_the_night_and_the_weekend_do_not_count() -> None:
    friday_evening = First("asked", ago(66.5), ago(2.5), None)  # Friday 17:30, answered Monday 9:30: an hour's work
    assert timely(OFFICE, [friday_evening], since(), NOW) == (1, 1)
    assert timely(OFFICE, [First("asked", ago(66.5), ago(2.4), None)], since(), NOW) == (0, 1)


@settings(max_examples=60)
@given(st.integers(0, 20 * 24 * 60), st.integers(0, 20 * 24 * 60), st.sampled_from([ALWAYS, OFFICE, LUNCH]))
def test_the_timetable_counts_as_working_time_does(begun: int, lasted: int, desk: Desk) -> None:
    start = NOW - timedelta(minutes=begun)
    end = min(NOW, start + timedelta(minutes=lasted))
    table = Timetable(desk, since(), NOW)
    got = table.worked_s(int(start.timestamp()), int(end.timestamp()))
    assert got == worked(desk, start, end).total_seconds()


def test_each_answer_counts() -> None:
    in_time, late = First("asked", ago(5), ago(4.5), None), First("asked", ago(5), ago(3), None)
    assert timely(ALWAYS, [in_time, in_time, late], since(), NOW) == (2, 3)


def test_before_a_desk_first_opened_nothing_was_worked() -> None:
    table = Timetable(OFFICE, NOW, NOW + timedelta(hours=30))
    assert table.worked_s(ago(50), ago(40)) == 0
    assert table.worked_s(ago(50), int(NOW.timestamp())) == 3 * HOUR  # the hours that are open now began at nine


def test_a_desk_that_never_opens_has_worked_nothing() -> None:
    never = Desk("UTC", SendingHours(time(9), time(18), frozenset(range(7))))
    assert Timetable(never, since(), NOW).worked_s(ago(50), ago(0)) == 0


@pytest.mark.parametrize(
    ("words", "days"),
    [
        *(((), 7), (("1",), 1), (("365",), 365), (("030",), 30)),
        *((("0",), None), (("366",), None), (("0030",), None), (("7", "days"), None), (("٧",), None), (("-7",), None)),
    ],
)
def test_how_many_days_are_asked_for(words: tuple[str, ...], days: int | None) -> None:
    assert read_days(words) == days


def test_days_are_those_up_to_today() -> None:
    assert days_of(date(2026, 3, 2), 3) == [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]


@pytest.mark.parametrize(("days", "weeks"), [(46, [4] + [7] * 6), (49, [7] * 7), (50, [1] + [7] * 7)])
def test_the_last_week_is_a_whole_one(days: int, weeks: list[int]) -> None:
    by_day = tuple((day, 1, 0) for day in days_of(date(2026, 3, 2), days))
    assert [opened for _, opened, _ in grouped(by_day)] == weeks


def test_many_days_are_shown_by_weeks_and_none_is_lost() -> None:
    by_day = tuple((day, 1, 2) for day in days_of(date(2026, 3, 2), 60))
    weeks = grouped(by_day)
    assert weeks[0][0] == by_day[0][0]
    assert len(weeks) == 9
    assert (sum(w[1] for w in weeks), sum(w[2] for w in weeks)) == (60, 120)
    assert grouped(by_day[-45:]) == by_day[-45:]


@pytest.mark.parametrize(("words", "days"), [("", 7), ("1", 1), ("30", 30), ("365", 365), ("07", 7)])
def test_figures_are_of_a_week_or_as_many_days_as_are_asked_for(words: str, days: int) -> None:
    assert read_days(words.split()) == days


@pytest.mark.parametrize("words", ["0", "366", "-1", "week", "7 8", "٣", "7d", "0000000007", "9" * 5000])
def test_a_period_that_is_none_is_not_guessed(words: str) -> None:
    assert read_days(words.split()) is None


@pytest.mark.parametrize(("scores", "rated", "mean"), [({}, 0, None), ({5: 1}, 1, 5.0), ({4: 3, 1: 1}, 4, 3.25)])
def test_the_mean_of_the_ratings(scores: dict[int, int], rated: int, mean: float | None) -> None:
    figures = Figures(30, Waiting(0, 0, 0, 0), (), 0, 0, {}, (0, 0), (0, 0), scores, asked=9, by_day=())
    assert (figures.rated, figures.mean_score) == (rated, mean)
