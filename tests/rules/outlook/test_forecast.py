"""The arithmetic of a forecast: hours, what fits into them, and what is counted where."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.outlook.forecast import (
    Count,
    Demand,
    Forecast,
    Group,
    Hours,
    days_from,
    forecast,
    late_days,
    length_h,
    sending_hours,
    step_spans,
)
from bot.rules.policy.sending_hours import Window

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Taipei
HUMANE = load_policy("humane")
TAIPEI: Group = (None, "Asia/Taipei")


def at(hour: float) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)


@st.composite
def demands(draw: st.DrawFn) -> list[Demand]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        opens, hours = draw(st.integers(0, 60)), draw(st.integers(1, 12))
        day = TODAY + timedelta(days=number)
        found.append(Demand(day, Window(at(opens), at(opens + hours)), draw(st.integers(0, 40_000))))
    return found


# Whole messages a second: an hour's worth is a whole number, and what just fits is told from what just does not.
RATES = st.integers(1, 5)


@given(demands(), RATES)
def test_all_fits_just_where_no_stretch_of_time_is_asked_for_more_than_it_has(asked: list[Demand], rate: int) -> None:
    fits = all(
        sum(d.messages for d in asked if a <= d.window.opens and d.window.closes <= b) <= rate * (b - a).total_seconds()
        for a in {d.window.opens for d in asked}
        for b in {d.window.closes for d in asked}
        if a < b
    )
    assert (not late_days(asked, rate)) == fits


@given(demands(), RATES)
def test_a_higher_rate_never_makes_more_of_nothing_fit(asked: list[Demand], rate: int) -> None:
    if not late_days(asked, rate):
        assert not late_days(asked, rate + 1)


@given(demands(), RATES)
def test_each_day_that_fits_alone_and_overlaps_none_fits(asked: list[Demand], rate: int) -> None:
    for one in asked:
        others = [d for d in asked if d is not one]
        apart = all(d.window.closes <= one.window.opens or one.window.closes <= d.window.opens for d in others)
        room = rate * (one.window.closes - one.window.opens).total_seconds()
        if apart:
            assert (one.day in late_days(asked, rate)) == (one.messages > room)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=8))
def test_hours_that_overlap_are_counted_once(spans: list[tuple[int, int]]) -> None:
    hours = {hour for opens, length in spans for hour in range(opens, opens + length)}
    assert length_h(Window(at(opens), at(opens + length)) for opens, length in spans) == len(hours)


@given(st.dictionaries(st.integers(0, 13), st.integers(1, 90_000), max_size=14), st.sampled_from([0.5, 1, 25, 1000]))
def test_what_is_counted_is_found_again(numbers: dict[int, int], rate: float) -> None:
    days = days_from(TODAY, 15)
    hours: dict[Group, Hours] = {TAIPEI: sending_hours(dict.fromkeys(days, HUMANE), "Asia/Taipei", NOON)}
    counts = [Count("channel", TAIPEI, days[ahead], "telegram", number) for ahead, number in numbers.items()]
    found = forecast(NOON, rate, days, counts, hours)
    assert {day.day: day.messages for day in found.days if day.messages} == {
        days[ahead]: number for ahead, number in numbers.items()
    }
    for day in found.days:
        assert day.fits == (day.hours_needed <= day.hours_open + 1e-9)


def told(*counts: Count, rate: float = 30, now: datetime = NOON) -> Forecast:
    days = days_from(TODAY, 3)
    hours: dict[Group, Hours] = {TAIPEI: sending_hours(dict.fromkeys(days, HUMANE), "Asia/Taipei", now)}
    return forecast(now, rate, days, counts, hours, share=0.5, order=("due", "after-1"))


def test_only_what_is_left_of_today_is_open() -> None:
    assert [day.hours_open for day in told().days] == [8, 11, 11]


def test_a_day_whose_hours_are_over_has_none_and_its_messages_go_the_next() -> None:
    found = told(Count("channel", TAIPEI, TODAY, "telegram", 5), now=NOON + timedelta(hours=9))
    assert [(day.messages, day.hours_open) for day in found.days] == [(0, 0), (5, 11), (0, 11)]


def test_hours_are_reckoned_by_the_reminders_share_of_the_rate() -> None:
    found = told(Count("channel", TAIPEI, TODAY, "telegram", 54_000))
    assert found.days[0].hours_needed == 1
    assert found.rate == 30


def test_steps_stand_in_the_ladders_order() -> None:
    found = told(Count("step", TAIPEI, TODAY, "after-1", 1), Count("step", TAIPEI, TODAY, "due", 2))
    assert list(found.days[0].by_step.items()) == [("due", 2), ("after-1", 1)]


def test_people_are_needed_on_days_without_hours_too() -> None:
    found = told(Count("case", TAIPEI, TODAY, "", 3), now=NOON + timedelta(hours=9))
    assert [day.cases for day in found.days] == [3, 0, 0]


def test_the_first_day_that_does_not_fit_is_named() -> None:
    too_many = Count("channel", TAIPEI, TODAY + timedelta(days=1), "telegram", 600_000)
    found = told(too_many, Count("channel", TAIPEI, TODAY + timedelta(days=2), "telegram", 600_000))
    late = found.first_day_that_does_not_fit
    assert late is not None
    assert (late.day, found.as_json()["first_day_that_does_not_fit"]) == (TODAY + timedelta(days=1), "2026-03-03")


def test_what_fits_has_no_such_day() -> None:
    assert told().as_json()["first_day_that_does_not_fit"] is None


def test_the_steps_of_a_ladder_are_spans_of_days() -> None:
    assert [(span.step_id, span.first_day, span.last_day) for span in step_spans(HUMANE)] == [
        ("before-3", -3, -1),
        ("due", 0, 0),
        ("after-1", 1, 2),
        ("after-3", 3, 4),
        ("after-5", 5, None),
    ]
