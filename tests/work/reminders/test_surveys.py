"""What is told of a survey: figures with intervals, a chart, words, and nothing of fewer than five."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.views.operations.chart_pictures import document
from bot.work.operations.survey_results import NoFigure, as_csv, as_json, bars, lines
from bot.work.reminders import surveys
from bot.work.reminders.surveys import Whom
from locales import translator
from storage.reminders import surveys as storage_surveys
from storage.runtime.engine import Connection, Database
from tests.rules.reminders.survey_texts import SURVEY
from tests.work.lives import customer, linked


async def answered(db: Database, clock: ManualClock, people: int) -> surveys.Results:
    """So many customers; the score of the first is 1, that of all others 5; each writes words."""
    for number in range(people + 1):
        await customer(db, clock.now(), f"C{number}", email=None, phone=None)
        if number:  # C0 never opened the bot
            await linked(db, clock.now(), 1000 + number, f"C{number}")
    done = await surveys.start(db, load_policy("humane"), SURVEY, "spring.toml", Whom(), clock.now())
    assert (done.invited, done.planned) == (people + 1, people)
    for number in range(1, people + 1):
        said = ("1" if number == 1 else "5", "c0", None)
        for place, answer in enumerate(said[:2]):
            await surveys.answer(db, f"C{number}", 1, place, str(answer), clock.now())
        await surveys.take_words(db, f"C{number}", f"words {9 - number}", clock.now(), number)
    return await surveys.results(db, "spring")


async def test_figures_are_told_from_five_people_on(db: Database, clock: ManualClock) -> None:
    one = await answered(db, clock, 6)
    told = "\n".join(lines(one))
    assert "asked 0, answered 6, came to the end 6" in told  # none was sent in this test
    assert "not asked: not linked 1, waiting 6" in told
    # one person said 1, so neither 1 nor the 5 of all others may be told
    assert "1, 2, 3, 4, 5: not told, too few" in told
    assert "Earlier reminders: 6, 100% (61% to 100%)" in told
    assert "“words 3”\n  “words 4”" in told
    assert as_json(one)["answered"] == 6


async def test_nothing_is_told_of_four(db: Database, clock: ManualClock) -> None:
    one = await answered(db, clock, 4)
    told = "\n".join(lines(one))
    assert "answered fewer than 5, came to the end fewer than 5" in told
    assert "words 5" not in told and "%" not in told.split("(1927)")[1]
    with pytest.raises(NoFigure, match="fewer than 5"):
        bars(one)


async def test_the_export_and_the_chart_have_the_same(sqlite_db: Database, clock: ManualClock) -> None:
    one = await answered(sqlite_db, clock, 6)
    text, count = as_csv(one)
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == count
    found = next(row for row in rows if row["answer"] == "earlier")
    assert (found["count"], found["share"], found["low"]) == ("6", "1.0000", "0.6097")
    assert "Earlier reminders" in document(translator("en"), bars(one), "sans")
    with pytest.raises(NoFigure, match="there is no question 'how'"):
        bars(one, "how")


async def test_old_surveys_go_with_their_answers(db: Database, clock: ManualClock) -> None:
    await answered(db, clock, 5)
    clock.move(timedelta(days=800))
    assert await surveys.drop_ended(db, clock.now() - timedelta(days=730)) == 1
    assert await surveys.all_surveys(db) == []


async def test_a_sample_and_a_segment(sqlite_db: Database, clock: ManualClock) -> None:
    for number in range(60):
        await customer(sqlite_db, clock.now(), f"C{number}", segment="gold" if number % 2 else None)
    done = await surveys.start(sqlite_db, load_policy("humane"), SURVEY, "spring.toml", Whom("gold", 0.5), clock.now())
    assert 5 <= done.invited <= 25 and done.planned == 0
    assert [s.whom for s in await surveys.all_surveys(sqlite_db)] == ["0.5 of segment gold"]


async def test_a_start_that_was_killed_goes_on_with_the_same_command(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await customer(sqlite_db, clock.now(), f"C{number}")
    asking = (load_policy("humane"), SURVEY, "spring.toml", Whom(), clock.now())
    invite, killed = storage_surveys.invite, RuntimeError("killed")

    async def third_time(conn: Connection, *given: Any) -> int:
        if given[1][0][0].customer_id == "C2":
            raise killed
        return await invite(conn, *given)

    monkeypatch.setattr("bot.work.reminders.surveys.AT_ONCE", 1)
    monkeypatch.setattr("storage.reminders.surveys.invite", third_time)
    with pytest.raises(RuntimeError, match="killed"):
        await surveys.start(sqlite_db, *asking)
    monkeypatch.setattr("storage.reminders.surveys.invite", invite)
    assert (await surveys.start(sqlite_db, *asking)).invited == 3
    with pytest.raises(surveys.SurveyExists):
        await surveys.start(sqlite_db, *asking)


def test_the_command_checks_a_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "spring.toml", tmp_path / "bad.toml"
    good.write_text(SURVEY, encoding="utf-8")
    bad.write_text(SURVEY.replace("score", "scores"), encoding="utf-8")
    ran = CliRunner().invoke(app, ["survey", "start", str(good), "--check"])
    assert (ran.exit_code, ran.stdout) == (0, "spring.toml is right: 3 questions, 14 days\n")
    ran = CliRunner().invoke(app, ["survey", "start", str(bad), "--check"])
    assert ran.exit_code == 1 and "line 11: question 'clear': kind:" in ran.stderr


def test_a_survey_that_cannot_be_read_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "big5.toml").write_bytes('title = "滿意度"\n'.encode("big5"))
    for name, why in (("none.toml", "No such file or directory"), ("big5.toml", "it is not UTF-8")):
        said = CliRunner().invoke(app, ["survey", "start", str(tmp_path / name), "--check"])
        expected = f"{str(tmp_path / name)!r} cannot be read: {why}; expected a survey's file in UTF-8\n"
        assert (said.exit_code, said.stderr) == (1, expected)
