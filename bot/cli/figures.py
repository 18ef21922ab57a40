"""`figures`: the field's figures over a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import (
    WRONG_USE,
    Json,
    app,
    clock,
    database_to_read,
    fail,
    policy_in_force,
    run_async,
    say_json,
    settings_of,
)

if TYPE_CHECKING:
    from bot.rules.operations.figures import FieldFigures
    from bot.rules.operations.periods import By, Period
    from bot.rules.policy.policy import Policy


@app.command()
def figures(
    since: Annotated[str, typer.Option("--from", metavar="D", help="First day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="D", help="Last day, YYYY-MM-DD.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="day|week|month", help="Also each part of it.")] = "",
    as_json: Json = False,
) -> None:
    """Aging, roll and cure rates, coverage, promises kept, answers in time, messages: of the last 30 days, or of those
    that are given. docs/figures.md defines each figure."""
    from rich.console import Console

    from bot.cli.terminal_figures import print_figures
    from bot.work.operations.figures import read_figures

    async def work() -> FieldFigures:
        settings = settings_of()
        part = _by(by)
        async with database_to_read(settings) as db:
            policy = await policy_in_force(db, settings)
            period = _period(policy, since, until)
            return await read_figures(db, policy, period, clock.now(), part)

    found = run_async(work)
    if as_json:
        say_json(found.as_json())
    else:
        print_figures(Console(), found)


def _by(text: str) -> By | None:
    from bot.rules.operations.periods import BY

    for known in BY:
        if known == text:
            return known
    if text:
        fail(f"--by: expected {', '.join(BY[:-1])} or {BY[-1]}, not {text!r}", WRONG_USE)
    return None


def _period(policy: Policy, since: str, until: str) -> Period:
    """Where one end is not given, it is as far away as usual; the last day is today at most where none is given."""
    from bot.rules.operations.periods import MOST_DAYS, Period
    from bot.work.operations.figures import usual_period

    usual = usual_period(policy, clock.now())
    last = _day(until, "--to") if until else usual.last
    if since:
        first = _day(since, "--from")
    else:
        first = date.fromordinal(max(1, last.toordinal() - usual.days + 1))
    if last < first:
        fail(f"--to: expected {first.isoformat()} or a later day, not {last.isoformat()}", WRONG_USE)
    if (last - first).days >= MOST_DAYS:
        fail(f"--from: expected at most {MOST_DAYS} days, not {(last - first).days + 1}", WRONG_USE)
    return Period(first, last)


def _day(text: str, option: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a calendar day has no zone
    except ValueError:
        fail(f"{option}: expected a day as YYYY-MM-DD, not {text!r}", WRONG_USE)
