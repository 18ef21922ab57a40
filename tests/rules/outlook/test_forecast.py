"""The arithmetic of a forecast: hours, what fits into them, and what is counted where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter, itemgetter

from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.outlook.forecast import (
    Count,
    Demand,
    Forecast,
    ForecastDay,
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


def fits(*asked: tuple[float, float, int], rate: float = 1) -> list[bool]:
    """Whether the messages of each of these days fit: from hour to hour, so many."""
    found = [Demand(TODAY + timedelta(days=n), Window(at(a), at(b)), m) for n, (a, b, m) in enumerate(asked)]
    return [demand.day not in late_days(found, rate) for demand in found]


def test_an_hours_worth_fits_into_an_hour_and_one_more_does_not() -> None:
    assert fits((0, 1, 3600)) == [True]
    assert fits((0, 1, 3601)) == [False]


def test_what_closes_first_goes_first_and_the_other_has_the_time_after() -> None:
    assert fits((0, 2, 3600), (0, 1, 3600)) == [True, True]
    assert fits((0, 2, 3601), (0, 1, 3600)) == [False, True]


def test_when_the_hours_have_closed_not_one_more_is_sent() -> None:
    assert fits((0, 1, 3600), (0, 1, 1)) == [True, False]


def test_what_opens_later_and_closes_first_takes_its_turn() -> None:
    assert fits((0, 3, 7200), (1, 2, 3600)) == [True, True]
    assert fits((0, 3, 7201), (1, 2, 3600)) == [False, True]
    assert fits((0, 3, 7200), (1, 2, 3601)) == [True, False]


def test_what_had_no_room_takes_none_from_the_next() -> None:
    assert fits((0, 1, 9999), (1, 2, 3600)) == [False, True]
    assert fits((0, 1, 3600), (1, 2, 3600), (2, 3, 3600)) == [True, True, True]


def told(*counts: Count, rate: float = 30, now: datetime = NOON) -> Forecast:
    days = days_from(TODAY, 3)
    hours: dict[Group, Hours] = {TAIPEI: sending_hours(dict.fromkeys(days, HUMANE), "Asia/Taipei", now)}
    return forecast(now, rate, days, counts, hours, share=0.5, order=("due", "after-1"))


def test_only_what_is_left_of_today_is_open() -> None:
    assert [day.hours_open for day in told().days] == [8, 11, 11]


def test_a_day_whose_hours_are_over_has_none_and_its_messages_go_the_next() -> None:
    found = told(Count("channel", TAIPEI, TODAY, "telegram", 5), now=NOON + timedelta(hours=9))
    assert [(day.messages, day.hours_open) for day in found.days] == [(0, 0), (5, 11), (0, 11)]


def test_hours_are_computed_by_the_reminders_share_of_the_rate() -> None:
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


def test_what_is_counted_twice_on_a_day_adds_up() -> None:
    twice = [Count("channel", TAIPEI, TODAY, "telegram", 5), Count("channel", TAIPEI, TODAY, "telegram", 7)]
    found = told(*twice, Count("unreachable", TAIPEI, TODAY, "", 2), Count("unreachable", TAIPEI, TODAY, "", 1))
    assert (found.days[0].messages, found.days[0].unreachable) == (12, 3)
    assert found.days[0].hours_needed == 12 / 15 / 3600


def test_all_that_may_leave_in_the_same_hours_has_to_fit_together() -> None:
    hours: dict[Group, Hours] = {TAIPEI: {TODAY: Window(at(0), at(1))}}
    counts = [Count("channel", TAIPEI, TODAY, channel, 3600) for channel in ("telegram", "sms")]
    assert not forecast(NOON, 1, [TODAY], counts, hours).days[0].fits


def test_what_has_no_day_with_hours_left_is_left_out() -> None:
    late = Count("channel", TAIPEI, TODAY + timedelta(days=3), "telegram", 5)
    assert [day.messages for day in told(late).days] == [0, 0, 0]


def test_what_is_in_no_ladder_comes_last_by_its_name() -> None:
    steps = [Count("step", TAIPEI, TODAY, name, 1) for name in ("zz", "aa", "after-1")]
    assert list(told(*steps).days[0].by_step) == ["after-1", "aa", "zz"]


def test_without_a_share_reminders_have_the_whole_rate() -> None:
    hours: dict[Group, Hours] = {TAIPEI: {TODAY: Window(at(0), at(1))}}
    found = forecast(NOON, 1, [TODAY], [Count("channel", TAIPEI, TODAY, "telegram", 3600)], hours)
    assert (found.days[0].hours_needed, found.days[0].fits) == (1, True)


def test_a_forecast_as_json() -> None:
    day = ForecastDay(TODAY, 3, {"due": 3}, {"telegram": 3}, 1, 2, 1.23456, 8.12349, True)
    assert Forecast(NOON.replace(microsecond=5), 30, (day,)).as_json() == {
        "as_of": "2026-03-02T04:00:00+00:00",
        "rate": 30,
        "days": [
            {
                "day": "2026-03-02",
                "messages": 3,
                "by_step": {"due": 3},
                "by_channel": {"telegram": 3},
                "unreachable": 1,
                "cases": 2,
                "hours_needed": 1.235,
                "hours_open": 8.123,
                "fits": True,
            }
        ],
        "first_day_that_does_not_fit": None,
    }


def test_a_policy_that_was_silenced_and_a_day_that_is_over_have_no_hours() -> None:
    days = dict.fromkeys(days_from(TODAY - timedelta(days=1), 3), HUMANE)
    assert [day.day for day in sending_hours(days, "Asia/Taipei", NOON)] == [2, 3]
    closes = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert [day.day for day in sending_hours(days, "Asia/Taipei", closes)] == [3]
    assert sending_hours(dict.fromkeys(days, replace(HUMANE, silenced_by=("cn",))), "Asia/Taipei", NOON) == {}


def test_what_fits_has_no_such_day() -> None:
    assert told().as_json()["first_day_that_does_not_fit"] is None


def test_the_steps_of_a_ladder_are_spans_of_days() -> None:
    usual = [span for span in step_spans(HUMANE) if span.often in (None, "usual")]
    assert sorted(((span.step_id, span.first_day, span.last_day) for span in usual), key=itemgetter(1)) == [
        ("before-3", -3, -1),
        ("due", 0, 0),
        ("after-1", 1, 2),
        ("after-3", 3, 4),
        ("after-5", 5, None),
    ]
    assert {span.version for span in step_spans(HUMANE)} == {HUMANE.version}
    in_order = sorted(usual, key=attrgetter("first_day"))
    assert [span.channels for span in in_order] == [step.channels for step in HUMANE.for_wish("usual").steps]


def test_a_step_that_is_the_same_for_everybody_is_one_span_and_any_other_one_for_each_wish() -> None:
    spans = [(span.step_id, span.often) for span in step_spans(HUMANE)]
    assert sorted(spans, key=str) == [
        *(("after-1", "more"), ("after-1", "usual"), ("after-3", None), ("after-5", None)),
        *(("before-3", "more"), ("before-3", "usual"), ("before-7", "more"), ("due", None)),
    ]
