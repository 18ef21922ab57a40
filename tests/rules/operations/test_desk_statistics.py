"""The desk's statistics: which first answers were in time, days and weeks, and what supervisors see."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fonts import font_path
from bot.rules.cases.case import OUTCOMES
from bot.rules.cases.working_time import worked
from bot.rules.operations.desk_statistics import (
    AgentFigures,
    Figures,
    First,
    Timetable,
    Waiting,
    days_of,
    grouped,
    timely,
)
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import SendingHours
from bot.views.operations import desk_statistics as views
from locales import Translator
from tests.views.view_facts import EN, EVERY_LANGUAGE, HANT

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # a Monday, noon in Taipei
HOUR = 3600
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
@given(st.integers(0, 20 * 24 * 60), st.integers(0, 20 * 24 * 60), st.sampled_from([ALWAYS, OFFICE]))
def test_the_timetable_reckons_as_working_time_does(begun: int, lasted: int, desk: Desk) -> None:
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


def some(days: int = 7, **more: object) -> Figures:
    given = {
        "now": Waiting(12, 5, 3, 2, 34, NOW),
        "agents": (AgentFigures("Mei <b>", False, 3, 5, 2, 14), AgentFigures("Bob", True, 0, 0, 0, 0)),
        "timely": 45,
        "answers": 50,
        "outcomes": {outcome: n for n, outcome in enumerate(OUTCOMES)},
        "promises": (7, 2),
        "plans": (1, 1),
        "scores": {5: 3, 2: 1},
        "asked": 9,
        "by_day": tuple((day, n, 2 * n) for n, day in enumerate(days_of(date(2026, 3, 2), days))),
    }
    return Figures(days=days, **{**given, **more})  # type: ignore[arg-type]


def test_supervisors_read_all_of_it() -> None:
    text = views.figures(EN, some(), "Asia/Taipei").text
    for words in (
        "The last 7 days",
        "Waiting: <b>12</b>, the longest #34, since 2 Mar 2026, 12:00 pm",
        "With agents: 5 · snoozed: 3 · late: 2",
        "• Mei &lt;b&gt;: has 3, answered 5, closed 2 today, 14 in all",
        "Bob (away)",
        "First answers in time: 45 of 50 (90 %)",
        "Closed: 28 (something else 7 · ",
        "Promises kept: 7 of 9 (78 %)",
        "Plans kept: 1 of 2 (50 %)",
        "How it went: 4.2 of 5, from 4 answers to 9 questions",
    ):
        assert words in text


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
def test_a_quiet_desk_has_figures_too(t: Translator) -> None:
    quiet = some(now=Waiting(0, 0, 0, 0), agents=(), timely=0, answers=0, outcomes={}, promises=(0, 0), plans=(0, 0))
    quiet = Figures(1, quiet.now, (), 0, 0, {}, (0, 0), (0, 0), {}, 0, ((date(2026, 3, 2), 0, 0),))
    assert views.figures(t, quiet, "UTC").text
    assert len(views.chart(t, quiet).diagrams) == 1


def test_a_hundred_agents_fit_into_a_message() -> None:
    many = tuple(AgentFigures("N" * 60, True, 10**6, 10**6, 10**6, 10**6) for _ in range(100))
    text = views.figures(HANT, some(agents=many), "UTC").text
    assert len(text) < 4096


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
@pytest.mark.parametrize("days", [1, 7, 365])
def test_the_font_has_every_letter_of_the_picture(t: Translator, days: int) -> None:
    letters = TTFont(font_path(), lazy=True).getBestCmap()
    chart = views.chart(t, some(days))
    shown = [chart.title]
    for diagram in chart.diagrams:
        shown += [diagram.title, *diagram.labels, *(name for name, _ in diagram.series)]
    assert not [c for c in "".join(shown) if ord(c) not in letters]
