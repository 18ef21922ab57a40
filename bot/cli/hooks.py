"""`hook add`, `hook list`, `hook replay`, `hook rotate`, `hook remove`: where signed events go."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import (
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

if TYPE_CHECKING:
    from bot.work.operations.hooks import Listed, SetHook

hook_app = typer.Typer(help="Where signed events go: docs/api.md says what each contains.", no_args_is_help=True)
app.add_typer(hook_app, name="hook")

Which = Annotated[str, typer.Argument(metavar="URL", help="Its address, or its number in `hook list`.")]


@hook_app.command("add")
def hook_add(
    url: Annotated[str, typer.Argument(metavar="URL", help="An https address that takes a POST for each event.")],
    events: Annotated[
        str, typer.Option(help="Which, such as promise.made,case.*; all of them if it is left out.")
    ] = "*",
    own_secret: Annotated[
        bool,
        typer.Option(
            "--own-secret", help="Sign with a secret of its own, which is printed, and not with DUEBOT_EVENTS_SECRET."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Sends events there from now on. One that is there already gets these events from now on."""
    from bot.rules.operations.outgoing_events import WrongKinds
    from bot.work.operations.hooks import WrongHook, add_hook

    async def work() -> SetHook:
        settings = settings_of()
        try:
            async with database(settings) as db:
                return await add_hook(db, settings, url, events, clock.now(), own_secret=own_secret)
        except (WrongHook, WrongKinds) as error:
            fail(str(error), WRONG_USE)

    made = run_async(work)
    if as_json:
        say_json({"hook": made.hook.hook_id, "events": made.hook.events.split(","), "secret": made.secret})
        return
    if made.secret is not None:
        typer.echo(made.secret)
        typer.echo("It signs this hook's events. Keep it where its receiver finds it: it is not shown again.", err=True)
    gets = "all events" if made.hook.events == "*" else made.hook.events
    typer.echo(f"hook {made.hook.hook_id} gets {gets} from now on", err=True)


@hook_app.command("list")
def hook_list(as_json: Json = False) -> None:
    """Lists the hooks: what each gets, when the last event was delivered, what waits and what is parked, and why."""
    from bot.work.operations.hooks import list_hooks

    async def work() -> list[Listed]:
        async with database_to_read(settings_of(), of_a_wallet=False) as db:
            return await list_hooks(db, clock.now())

    known = run_async(work)
    if as_json:
        say_json({"hooks": [each.as_json() for each in known]})
        return
    for each in known:
        typer.echo(_line(each))
    if not known:
        typer.echo("no hooks yet; `duebot hook add URL` makes one", err=True)


def _line(listed: Listed) -> str:
    hook, backlog = listed.hook, listed.backlog
    delivered = f"last delivered {hook.delivered_at:%Y-%m-%d %H:%M}Z" if hook.delivered_at else "none delivered"
    ended = f"\tended {hook.ended_at:%Y-%m-%d}: its receiver answered 410" if hook.ended_at else ""
    parked = f"{backlog.parked} parked" + (f" ({backlog.reason})" if backlog.reason else "")
    return f"{hook.hook_id}\t{hook.url}\t{hook.events}\t{delivered}\t{backlog.waiting} waiting\t{parked}{ended}"


@hook_app.command("replay")
def hook_replay(
    which: Which,
    since: Annotated[
        str | None, typer.Option("--from", help="Also what was delivered and happened since this day or instant (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sends parked events again, with the ids that they had. A hook that had ended is asked again."""
    from bot.work.operations.hooks import NoSuchHook, replay_hook

    start = _instant(since)

    async def work() -> int:
        try:
            async with database(settings_of()) as db:
                return await replay_hook(db, which, start, clock.now())
        except NoSuchHook as error:
            fail(str(error))

    number = run_async(work)
    say_json({"replayed": number}) if as_json else typer.echo(f"{number} events are sent again")


@hook_app.command("rotate")
def hook_rotate(which: Which, as_json: Json = False) -> None:
    """Gives a hook a new secret of its own, and prints it. An older one of its own signs beside it for a day."""
    from bot.work.operations.hooks import NoSuchHook, rotate_secret

    async def work() -> str:
        try:
            async with database(settings_of()) as db:
                return await rotate_secret(db, which, clock.now())
        except NoSuchHook as error:
            fail(str(error))

    secret = run_async(work)
    say_json({"secret": secret}) if as_json else typer.echo(secret)


@hook_app.command("remove")
def hook_remove(which: Which, as_json: Json = False) -> None:
    """Ends a hook at once. What it has not got yet is deleted."""
    from bot.work.operations.hooks import NoSuchHook, remove_hook

    async def work() -> int:
        try:
            async with database(settings_of()) as db:
                return await remove_hook(db, which, clock.now())
        except NoSuchHook as error:
            fail(str(error))

    lost = run_async(work)
    say_json({"not_delivered": lost}) if as_json else typer.echo(
        f"the hook has ended; {lost} events were not delivered"
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == len("2026-03-01"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        given = datetime.fromisoformat(text)
    except ValueError:
        fail(
            f"--from: expected a day or an instant such as 2026-03-01 or 2026-03-01T04:00Z, not {text[:40]!r}",
            WRONG_USE,
        )
    return given if given.tzinfo else given.replace(tzinfo=UTC)
