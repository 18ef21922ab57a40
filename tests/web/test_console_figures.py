"""The console's figures: for supervisors, the same numbers as `duebot figures` has, as charts, tables and files."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.rules.operations.periods import Period
from bot.views.operations.figure_panels import SECTIONS
from bot.views.operations.figure_panels_of_answers import of_answers, of_ratings
from bot.views.operations.figure_panels_of_work import of_cases
from bot.views.operations.numbers import number, share
from bot.web.console.figures import rows_of
from bot.work.operations import figure_readings
from bot.work.operations.figures import read_figures
from locales import translator
from storage.runtime.engine import Database
from storage.schema import day_states
from tests.views.figure_facts import some
from tests.web.api_server import NOW, Served
from tests.web.console_browser import BOB, SUE, Browser, entered, staffed
from tests.work import lives
from tests.work.lives import POLICY

EN, DAY = translator("en"), timedelta(days=1)
SECTION_PAGES = ("", *(f"/{section}" for section in SECTIONS))


def evenings(api: Served, days: int) -> None:
    """Anna was reached on the last evenings."""
    about = {"customer_id": lives.ANNA, "state": "reached", "due_since": NOW.date() - (days + 9) * DAY}
    rows = [{**about, "day": NOW.date() - ago * DAY} for ago in range(1, days + 1)]

    async def written(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(insert(day_states), rows)

    api.do(written)


def test_supervisors_see_the_figures_and_nobody_else_does(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as api:
        sue, bob = entered(api, SUE), entered(api, BOB)
        for path in (*SECTION_PAGES, ".csv", "/now/load", "/now/load.csv", "/now/load.png"):
            assert bob.ask(f"/console/figures{path}").status == 403
        assert "/console/figures" not in bob.ask("/console").text
        assert "/console/figures" in sue.ask("/console").text
        assert sue.ask("/console/figures/now/coverage.png").status == 404  # nothing to draw yet
        for odd in ("/no", "/now/no", "/now/load.pdf", "/now/load.png.csv"):
            assert sue.ask(f"/console/figures{odd}").status == 404
        for query in ("?days=9999&by=second", "?days=365&by=month", "?by=week"):
            assert sue.ask(f"/console/figures/debts{query}").status == 200


def test_pages_and_files_have_the_numbers_that_the_command_has(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as api:
        evenings(api, 3)
        sue = entered(api, SUE)
        days = Period(NOW.date() - timedelta(days=6), NOW.date())
        found = api.do(lambda db: read_figures(db, POLICY, days, NOW, "day"))
        cases, answers = (sue.ask(f"/console/figures/{name}?days=7&by=day").text for name in ("cases", "answers"))
        assert number(EN, sum(found.done.opened.values())) in cases
        assert share(EN, found.done.answers) in answers
        assert "NT$1,200.00" in sue.ask("/console/figures/debts?days=7&by=day").text
        assert re.search(r"Waiting</a></dt><dd><b>0</b>", sue.ask("/console/figures").text)
        pictures = {
            ground: sue.ask(f"/console/figures/now/coverage.png?days=7&ground={ground}") for ground in ("light", "dark")
        }
        for seen in pictures.values():
            assert (seen.status, seen.headers["content-type"], "PNG" in seen.text[:8]) == (200, "image/png", True)
        assert pictures["light"].text != pictures["dark"].text
        file = sue.ask("/console/figures.csv?days=7&by=day")
        assert file.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(file.text)))
        assert [row["from"] for row in rows[:-1]] == [each.period.first.isoformat() for each in found.periods]
        assert rows[-1]["opened"] == str(sum(found.done.opened.values())) == "1"
        coverage = list(csv.DictReader(io.StringIO(sue.ask("/console/figures/now/coverage.csv?days=7").text)))
        assert [row["reached"] for row in coverage] == ["1", "1", "1", "3"]
        assert coverage[-1]["not silent"] == "1.0"


def test_each_chart_has_its_table_and_its_own_page(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as api:
        evenings(api, 50)
        sue = entered(api, SUE)
        short, long = (sue.ask(f"/console/figures?days={days}&by=day").text for days in (7, 90))
        for text in (short, long):
            assert text.count('role="img"') == text.count("<desc ") >= 3
        assert 'id="t-coverage"><summary>' in short
        assert 'id="t-coverage" data-from="/console/figures/now/coverage?' in long  # fetched as it is opened
        one = sue.ask("/console/figures/now/coverage?days=90&by=day").text
        assert one.count('<th scope="row">') == 51
        assert one.count('role="img"') == 2  # for wide screens and for narrow ones


def test_no_cell_of_a_file_is_a_formula_whatever_agents_are_called() -> None:
    """One is called `=Mei <b>`, in rows and in heads."""
    panels = [*of_answers(EN, some()), *of_ratings(EN, some()), *of_cases(EN, some())]
    cells = [cell for panel in panels for row in rows_of(panel) for cell in row]
    assert sum(cell.startswith("'=Mei") for cell in cells) > 2
    assert not [cell for cell in cells if cell.startswith("=")]


def weight(browser: Browser, path: str) -> int:
    text = browser.ask(path).text
    loaded = {part.partition('"')[0] for part in text.split('="/console/static/')[1:]}
    return len(text.encode()) + sum(len(browser.ask(f"/console/static/{name}").text) for name in loaded)


def test_each_page_is_light_also_with_many_days(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as api:
        evenings(api, 360)
        sue = entered(api, SUE)
        for path in SECTION_PAGES:
            for query in ("?days=30&by=day", "?days=365&by=day"):
                assert weight(sue, f"/console/figures{path}{query}") < 100_000, path


def test_what_was_counted_is_not_counted_again_within_a_minute(sqlite_db: Database) -> None:
    with staffed(sqlite_db) as api:
        sue = entered(api, SUE)
        coverage = "/console/figures/now/coverage.csv?days=7"
        assert sue.ask(coverage).text.count("\n") == 1
        evenings(api, 1)
        assert sue.ask(coverage).text.count("\n") == 1
        api.clock.move(timedelta(minutes=1))
        assert sue.ask(coverage).text.count("\n") == 3


def test_what_takes_long_says_so_and_is_there_later(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with staffed(sqlite_db) as api:
        sue = entered(api, SUE)
        with monkeypatch.context() as hurried:
            hurried.setattr(figure_readings, "READ_WITHIN_S", 0)
            assert "still being counted" in sue.ask("/console/figures/debts").text
            assert sue.ask("/console/figures/cases/cases.csv").status == 503
        assert "panel-rolls" in sue.ask("/console/figures/debts").text
