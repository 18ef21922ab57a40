"""`audit`: the contact guarantee, now or over a period."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import (
    NOT_SO,
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
    from bot.work.guarantee.guard import Audit, PastAudit

MOST_SHOWN = 20


@app.command("audit")
def audit_(
    since: Annotated[str, typer.Option("--from", metavar="D", help="First day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="D", help="Last day, YYYY-MM-DD.")] = "",
    as_json: Json = False,
) -> None:
    """Proves that every overdue customer was reached, is with a person, or is on hold. Exit code 1 if one is silent, or
    if a day was not written down; exit code 2 if nothing was ever imported."""
    if not since and not until:
        now_holds = run_async(_now)
        if as_json:
            say_json(now_holds.as_json())
        else:
            _say(now_holds.counts, [f"{h.customer_id} ({h.cause})" for h in now_holds.silent], "overdue customers")
        raise typer.Exit(NOT_SO if now_holds.silent else 0)
    first, last = _day(since, "--from"), _day(until, "--to")
    if last < first:
        fail(f"--to: expected {first.isoformat()} or a later day, not {last.isoformat()}", WRONG_USE)

    async def past() -> PastAudit:
        from bot.work.guarantee.guard import past_audit

        settings = settings_of()
        async with database_to_read(settings) as db:
            return await past_audit(db, await policy_in_force(db, settings), first, last, clock.now())

    held = run_async(past)
    if as_json:
        say_json(held.as_json())
    else:
        holes = [f"{h.customer_id} on {h.day.isoformat()} ({h.cause})" for h in held.holes]
        _say(held.counts, holes, "customer-days overdue")
        unwritten = [f"{u.day.isoformat()}: {u.cause}" for u in held.unwritten]
        _list("not written down", unwritten)
    raise typer.Exit(0 if held.proves else NOT_SO)


async def _now() -> Audit:
    from bot.work.guarantee.guard import audit
    from bot.work.reminders.channel_setup import channel_names

    settings = settings_of()
    async with database_to_read(settings) as db:
        return await audit(db, await policy_in_force(db, settings), channel_names(settings), clock.now())


def _say(counts: dict[str, int], silent: list[str], what: str) -> None:
    from bot.rules.guarantee.states import STATES

    typer.echo(f"{sum(counts.values())} {what}: " + ", ".join(f"{counts[s]} {s.replace('_', ' ')}" for s in STATES))
    _list("silent", silent)


def _list(what: str, lines: list[str]) -> None:
    for line in lines[:MOST_SHOWN]:
        typer.echo(f"{what}: {line}", err=True)
    if len(lines) > MOST_SHOWN:
        typer.echo(f"… and {len(lines) - MOST_SHOWN} more; --json lists all", err=True)


def _day(text: str, option: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a calendar day has no zone
    except ValueError:
        fail(f"{option}: expected a day as YYYY-MM-DD, not {text!r}", WRONG_USE)
