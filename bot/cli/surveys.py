"""`survey`: starts one, tells what may be told of the answers, exports it and draws it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.codes import NOT_SO
from bot.cli.opening import (
    Json,
    app,
    clock,
    database,
    database_to_read,
    fail,
    policy_in_force,
    run_async,
    say_json,
    settings_of,
)

if TYPE_CHECKING:
    from bot.work.reminders.surveys import Results, Started

survey_app = typer.Typer(help="Surveys: questions to customers, and what they answered.", no_args_is_help=True)
app.add_typer(survey_app, name="survey")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The survey's name, from its file.")]


@survey_app.command("start")
def start(
    file: Annotated[Path, typer.Argument(help="The survey's file; docs/surveys.md has an example.")],
    segment: Annotated[str, typer.Option(help="Only customers of this segment.")] = "",
    sample: Annotated[float, typer.Option(help="Only this share of them, such as 0.1.", min=0.0, max=1.0)] = 1.0,
    check: Annotated[bool, typer.Option("--check", help="Only reads the file and says what is wrong with it.")] = False,
    as_json: Json = False,
) -> None:
    """Starts a survey. Nobody is asked while overdue, in distress, with a person or at night, and at most once in a
    quarter; `survey show` says how many were not asked, and why."""
    from bot.rules.policy.policy import PolicyFaulty
    from bot.rules.reminders.survey_file import read_survey
    from bot.text_files import read_text
    from bot.work.reminders.surveys import NobodyToAsk, SurveyExists, Whom
    from bot.work.reminders.surveys import start as start_survey

    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        fail(f"{str(file)!r} cannot be read: {why}; expected a survey's file in UTF-8")
    try:
        survey = read_survey(text, file.name)
    except PolicyFaulty as error:
        fail(str(error), NOT_SO)
    if check:
        typer.echo(f"{file.name} is right: {len(survey.questions)} questions, {survey.days} days")
        return

    async def work() -> Started:
        settings = settings_of()
        async with database(settings) as db:
            whom = Whom(segment or None, sample)
            try:
                return await start_survey(db, await policy_in_force(db, settings), text, file.name, whom, clock.now())
            except (NobodyToAsk, SurveyExists) as error:
                fail(str(error), NOT_SO)

    done = run_async(work)
    if as_json:
        say_json({"survey": survey.name, "invited": done.invited, "planned": done.planned})
        return
    unlinked = done.invited - done.planned
    typer.echo(f"{survey.name}: {done.planned} customers are asked as soon as they may be")
    if unlinked:
        typer.echo(f"{unlinked} are not: they never opened the bot, or wait for another survey's question")


@survey_app.command("list")
def list_surveys(as_json: Json = False) -> None:
    """The surveys, oldest first."""
    from bot.work.reminders.surveys import all_surveys
    from storage.reminders.surveys import StoredSurvey

    async def work() -> list[StoredSurvey]:
        async with database_to_read(settings_of()) as db:
            return await all_surveys(db)

    found = run_async(work)
    if as_json:
        say_json({"surveys": [{"name": s.name, "whom": s.whom, "ends_at": s.ends_at.isoformat()} for s in found]})
        return
    for survey in found:
        typer.echo(f"{survey.name}: {survey.whom}, until {survey.ends_at:%Y-%m-%d %H:%M} UTC")
    if not found:
        typer.echo("no survey was started so far")


@survey_app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """What may be told: how many were asked, who was not and why, and the answers of at least five people."""
    from bot.work.operations.survey_results import as_json as told_as_json
    from bot.work.operations.survey_results import lines

    found = _results(name)
    if as_json:
        say_json(told_as_json(found))
    else:
        typer.echo("\n".join(lines(found)))


@survey_app.command("export")
def export(name: Name, file: Annotated[Path, typer.Argument(help="The CSV file to write.")]) -> None:
    """Writes the same as CSV: a row for each answer, with its interval; words as rows of their own."""
    from bot.work.operations.survey_results import as_csv

    text, count = as_csv(_results(name))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {str(file)!r}: {error.strerror}; expected a file in a folder that exists")
    typer.echo(f"{count} rows written to {file}")


@survey_app.command("chart")
def chart(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The picture to write: .png or .svg.")],
    question: Annotated[str, typer.Option(help="The question's id; else the first that has figures.")] = "",
) -> None:
    """Draws the answers to one question."""
    from bot.fonts import FAMILY
    from bot.views.operations.chart_pictures import document
    from bot.work.operations.charts import draw
    from bot.work.operations.survey_results import NoFigure, bars
    from locales import translator

    if file.suffix not in (".png", ".svg"):
        fail(f"{file.name!r} is no picture that can be drawn; expected a name that ends with .png or .svg")
    try:
        drawing = bars(_results(name), question)
    except NoFigure as error:
        fail(str(error), NOT_SO)
    t = translator("en")
    file.write_bytes(draw(t, drawing) if file.suffix == ".png" else document(t, drawing, FAMILY).encode())
    typer.echo(f"drawn to {file}")


@survey_app.command("end")
def end(name: Name) -> None:
    """Ends a survey before its time: nobody else is asked, and no answer is taken any more."""
    from bot.work.reminders.surveys import NoSuchSurvey
    from bot.work.reminders.surveys import end as end_survey

    async def work() -> None:
        async with database(settings_of()) as db:
            try:
                await end_survey(db, name, clock.now())
            except NoSuchSurvey as error:
                fail(str(error), NOT_SO)

    run_async(work)
    typer.echo(f"{name} has ended")


def _results(name: str) -> Results:
    from bot.work.reminders.surveys import NoSuchSurvey, results

    async def work() -> Results:
        async with database_to_read(settings_of()) as db:
            try:
                return await results(db, name)
            except NoSuchSurvey as error:
                fail(str(error), NOT_SO)

    return run_async(work)
