"""The desk's figures as supervisors read them, and as the picture shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from fontTools.ttLib import TTFont

from bot.fonts import font_path
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.operations.desk_statistics import AgentFigures, Figures, Waiting, days_of
from bot.views.operations import desk_statistics as views
from locales import Translator
from tests.views.view_facts import EN, EVERY_LANGUAGE, HANT

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # a Monday, noon in Taipei


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
    assert len(views.chart(t, quiet).parts) == 1


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
    for part in chart.parts:
        shown += [part.title, *part.chart.labels, *(each.name for each in part.chart.series)]
    assert not [c for c in "".join(shown) if ord(c) not in letters]
