"""`key add`, `key list`, `key revoke`: keys of the HTTP API."""

from __future__ import annotations

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
    from storage.operations.api_keys import ApiKey

key_app = typer.Typer(help="Keys of the HTTP API.", no_args_is_help=True)
app.add_typer(key_app, name="key")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as billing.")]


@key_app.command("add")
def key_add(
    name: Name,
    scopes: Annotated[
        str,
        typer.Option(
            help="What it may do, such as read,facts: read (reads everything), facts (writes the wallet's facts), desk "
            "(works on cases as the agent of --agent), admin (gives cases to agents, reads agents and keys)."
        ),
    ] = "read",
    agent: Annotated[
        int | None, typer.Option(metavar="TELEGRAM_ID", help="As which agent a key with the scope desk works.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Makes a key and prints it. It is not stored, so it is shown this once."""
    from bot.rules.operations.api_keys import WrongKey, parse_scopes
    from bot.work.operations.api_keys import make_key

    async def work() -> str:
        try:
            given = parse_scopes(scopes)
            async with database(settings_of()) as db:
                return await make_key(db, name, given, clock.now(), agent)
        except WrongKey as error:
            fail(str(error), WRONG_USE)

    key = run_async(work)
    if as_json:
        say_json({"name": name.strip(), "key": key})
    else:
        typer.echo(key)
        typer.echo("Keep it where its program finds it: it is not shown again.", err=True)


@key_app.command("list")
def key_list(as_json: Json = False) -> None:
    """Lists the keys: what each may do, and when it was last used."""
    from bot.work.operations.api_keys import list_keys

    async def work() -> list[ApiKey]:
        async with database_to_read(settings_of(), of_a_wallet=False) as db:
            return await list_keys(db)

    known = run_async(work)
    if as_json:
        say_json({"keys": [_as_json(key) for key in known]})
        return
    for key in known:
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never used"
        whose = f"\tworks as agent {key.agent_id}" if key.agent_id is not None else ""
        typer.echo(f"{key.name}\t{','.join(key.scopes)}\tmade {key.made_at:%Y-%m-%d}\t{used}{whose}")
    if not known:
        typer.echo("no keys yet; `duebot key add NAME --scopes read` makes one", err=True)


@key_app.command("revoke")
def key_revoke(name: Name) -> None:
    """Ends a key at once, in every process."""
    from bot.work.operations.api_keys import revoke_key

    async def work() -> bool:
        async with database(settings_of()) as db:
            return await revoke_key(db, name, clock.now())

    if not run_async(work):
        fail(f"there is no key {name[:64]!r}; `duebot key list` shows which there are")
    typer.echo(f"{name.strip()} opens nothing any more")


def _as_json(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": key.scopes,
        "agent_id": key.agent_id,
        "made_at": key.made_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
    }
