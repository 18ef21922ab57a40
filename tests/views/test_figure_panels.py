"""Panels of the console's figures: each has the same numbers in its chart and its table, in every language, with
letters that the pictures' font has, and says so where there is nothing yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from fontTools.ttLib import TTFont

from bot.fonts import font_path
from bot.rules.guarantee.unwritten_evenings import InWords, NotRun, NotRunSince, Removed, WhyNotLater
from bot.rules.operations.figures import FieldFigures, Share
from bot.rules.operations.periods import BY, By
from bot.views.operations import figure_panels as views
from bot.views.operations import figure_panels_of_answers as answers
from bot.views.operations import figure_panels_of_debts as debts
from bot.views.operations import figure_panels_of_guarantee as guarantee
from bot.views.operations import figure_panels_of_now as of_now
from bot.views.operations import figure_panels_of_work as work
from bot.views.operations.figure_panels import SECTIONS, Panel, Tile
from bot.views.operations.unwritten_words import unwritten_words
from locales import Translator
from tests.views.figure_facts import BUSY, GAP, NOW, QUIET, SILENT, coming, nothing, some
from tests.views.view_facts import EN, EVERY_LANGUAGE, HANT

ZONE = ZoneInfo("Asia/Taipei")


def panels(t: Translator, found: FieldFigures, is_busy: bool) -> Iterator[Panel]:
    yield from guarantee.of_guarantee(t, found, SILENT if is_busy else [])
    yield from debts.of_debts(t, found)
    yield from work.of_cases(t, found)
    yield from answers.of_answers(t, found)
    yield from answers.of_ratings(t, found)
    yield from work.of_messages(t, found)
    yield from of_now.of_now(t, BUSY if is_busy else QUIET)
    yield from of_now.of_ahead(t, coming(9 if is_busy else 0))


def tiles(t: Translator, found: FieldFigures, is_busy: bool) -> Iterator[Tile]:
    yield from guarantee.guarantee_tiles(t, found)
    yield from debts.debts_tiles(t, found)
    yield from work.cases_tiles(t, found)
    yield from answers.answers_tiles(t, found)
    yield from answers.ratings_tiles(t, found)
    yield from work.messages_tiles(t, found)
    yield from of_now.now_tiles(t, BUSY if is_busy else QUIET, NOW, ZONE)
    yield from of_now.ahead_tiles(t, coming(9 if is_busy else 0))


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
@pytest.mark.parametrize("by", BY)
def test_each_has_a_chart_and_the_table_of_it_and_letters_for_both(t: Translator, by: By) -> None:
    letters = TTFont(font_path(), lazy=True).getBestCmap()
    seen = list(panels(t, some(by), is_busy=True))
    for panel in seen:
        assert panel.chart is not None or panel.key in ("holes", "who-was-silent"), panel.key
        assert panel.rows
        assert all(len(row) == len(panel.head) for row in panel.rows), panel.key
        picture = views.picture(t, panel, date(2026, 2, 1), date(2026, 3, 2))
        if picture is not None and panel.chart is not None:
            said = (picture.title, picture.about, *panel.chart.labels, *(each.name for each in panel.chart.series))
            assert [sign for words in said for sign in words if ord(sign) not in letters] == [], panel.key
    assert len({panel.key for panel in seen}) == len(seen)
    assert all(tile.label and tile.value for tile in tiles(t, some(by), is_busy=True))
    assert len({views.section_words(t, section) for section in SECTIONS}) == len(SECTIONS)


@pytest.mark.parametrize("by", BY)
def test_the_chart_and_the_table_say_the_same(by: By) -> None:
    compared = 0
    for panel in panels(EN, some(by), is_busy=True):
        for each in panel.chart.series if panel.chart is not None else ():
            if each.name in panel.head:
                place = panel.head.index(each.name)
                column = [row[place] for row in panel.rows[: len(each.values)]]
                told = tuple(cell.share if isinstance(cell, Share) else cell for cell in column)
                if panel.chart is not None and (panel.chart.unit != "share" or Share in map(type, column)):
                    assert told == each.values, (panel.key, each.name)
                    compared += 1
    assert compared > 30


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
def test_where_there_is_nothing_it_says_so(t: Translator) -> None:
    for panel in panels(t, nothing(), is_busy=False):
        assert (panel.chart, panel.rows) == (None, ()), panel.key
        assert panel.empty, panel.key
        assert views.picture(t, panel, date(2026, 2, 1), date(2026, 3, 2)) is None
    assert all(tile.label and tile.value for tile in tiles(t, nothing(), is_busy=False))


def test_an_evening_without_a_record_is_a_hole_with_its_cause_and_no_zero() -> None:
    silent, coverage, *_, gaps = guarantee.of_guarantee(HANT, some(), SILENT)
    assert gaps.rows == ((GAP, "程式從 2026-02-10 04:00 UTC 起就沒有執行"),)
    for panel in (silent, coverage):
        assert panel.chart is not None
        assert dict(panel.chart.gaps) == {9: gaps.rows[0][1]}
        assert {each.values[9] for each in panel.chart.series} == {None}
        assert set(panel.rows[9][1:-1]) == {None}
        assert panel.rows[-1][0] == HANT.plain("Whole time")


def test_time_before_the_first_evening_and_after_the_last_is_not_drawn() -> None:
    empty = nothing().periods
    figures = replace(some(), periods=[*empty[:3], *some().periods[3:20], *empty[20:]])
    chart = guarantee.of_guarantee(EN, figures, [])[0].chart
    assert chart is not None
    assert (chart.labels[0], chart.labels[-1]) == ("4 Feb", "20 Feb")


def test_a_picture_says_of_which_days_it_is() -> None:
    since, until = date(2026, 2, 1), date(2026, 3, 2)
    said = {panel.key: views.picture(EN, panel, since, until) for panel in panels(EN, some(), is_busy=True)}
    assert {key: one.about.partition(" · ")[0] for key, one in said.items() if one is not None} == {
        key: "2 Mar 2026" if key in ("load", "waiting", "aging-TWD") else "1 Feb 2026 to 2 Mar 2026"
        for key, one in said.items()
        if one is not None
    }


def test_cells_are_for_people_on_the_page_and_for_programs_in_the_file() -> None:
    (aging, *_) = debts.of_debts(EN, some())
    assert [views.cell_words(EN, cell) for cell in aging.rows[1]] == ["1–29 days", "1", "2", "NT$123.45"]
    by_agent = next(panel for panel in answers.of_answers(EN, some()) if panel.key == "answers-by-agent")
    assert [views.cell_words(EN, cell) for cell in by_agent.rows[0]] == ["=Mei <b>", "3", "4", "75%"]
    assert [views.plain_cell(cell) for cell in by_agent.rows[0]] == ["=Mei <b>", 3, 4, 0.75]


def test_why_an_evening_has_no_record_is_said_in_the_readers_language() -> None:
    since, until = datetime(2026, 2, 17, 10, tzinfo=UTC), datetime(2026, 2, 19, 4, tzinfo=UTC)
    whys: tuple[WhyNotLater, ...] = get_args(WhyNotLater)
    for cause in (*(NotRun(since, until, why) for why in whys), NotRunSince(since), Removed(date(2026, 1, 1))):
        assert "the" not in unwritten_words(HANT, cause)
    cause = NotRun(since, until, "facts_changed")
    assert unwritten_words(EN, cause) == str(cause).replace(", and", ";")
    assert "2026-01-01" in unwritten_words(HANT, Removed(date(2026, 1, 1)))


def test_a_cause_that_nobody_knows_is_said_as_it_was_written() -> None:
    assert unwritten_words(HANT, InWords("a flood")) == "a flood"
