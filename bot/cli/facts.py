"""`import`, `export`: imports the wallet's facts, exports tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import (
    NOT_SO,
    WRONG_USE,
    Json,
    app,
    clock,
    database,
    database_to_read,
    fail,
    run_async,
    say_json,
    settings_of,
)
from storage.facts.exports_columns import COLUMNS

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from bot.work.facts.import_run import Report

TURN_S = 0.0005


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="CSV files, or folders of them.")],
    as_json: Json = False,
) -> None:
    """Imports customers, accounts, instalments and payments. Refused rows go to FILE.refused.csv with the reason."""
    from bot.work.facts.import_records import Importing
    from bot.work.facts.import_run import import_paths

    async def work() -> Report:
        async with database(settings_of()) as db:
            bar = _progress_bar(hidden=as_json)
            tasks: dict[Path, TaskID] = {}

            def show(path: Path, done: int, whole: int) -> None:
                if path not in tasks:
                    tasks[path] = bar.add_task(path.name, total=whole)
                bar.update(tasks[path], completed=done)

            with bar, short_turns():
                now = clock.now()
                return await import_paths(db, paths, now, progress=show, on_record=Importing(db, now))

    report = run_async(work)
    if as_json:
        say_json(report.as_json())
    else:
        _say_report(report)
    if not report.ok:
        raise typer.Exit(NOT_SO)


@contextmanager
def short_turns() -> Iterator[None]:
    """A thread that waits for Python gets it soon. An import's database and the reading of its files are at work at
    the same time, and each statement of SQLite's ends with Python: else it waits for 5 ms, longer than it takes."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)


def _progress_bar(*, hidden: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=hidden or not console.is_terminal,
    )


def _say_report(report: Report) -> None:
    taken = {file.kind for file in report.files if file.kind}
    for kind, counts in report.counts.items():
        if kind in taken:
            typer.echo(
                f"{kind}: {counts.added} added, {counts.changed} changed, {counts.same} same, {counts.refused} refused"
            )
    for file in report.files:
        if file.error:
            typer.echo(f"{file.path}: {file.error}", err=True)
        elif file.note:
            typer.echo(f"{file.path}: {file.note}", err=True)
        if file.refused_file is not None:
            typer.echo(f"{file.path}: {file.refused} rows refused, see {file.refused_file}", err=True)


@app.command()
def export(
    table: Annotated[str, typer.Argument(metavar="TABLE", help=f"One of {', '.join(COLUMNS)}.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to write the CSV; - is standard output.")],
) -> None:
    """Writes a table as CSV."""
    from bot.work.facts.export import CannotWrite, WrongTable, check_table
    from bot.work.facts.export import export as export_table

    async def work() -> int:
        try:
            check_table(table)
            async with database_to_read(settings_of()) as db:
                return await export_table(db, table, file, sys.stdout.buffer)
        except WrongTable as error:
            fail(str(error), WRONG_USE)
        except CannotWrite as error:
            fail(str(error))
        except BrokenPipeError:
            raise typer.Exit(NOT_SO) from None  # the reader of the pipe, such as head, has enough

    count = run_async(work)
    typer.echo(f"{count} rows", err=file == "-")
