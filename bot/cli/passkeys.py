"""`duebot agent passkeys`: with what an agent signs in to the console, and how that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import Json, agent_app, clock, database_to_read, fail, run_async, say_json, settings_of

if TYPE_CHECKING:
    from storage.operations.passkeys import Passkey


@agent_app.command("passkeys")
def agent_passkeys(
    telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID")],
    remove: Annotated[
        list[int] | None, typer.Option(metavar="NUMBER", help="Remove this one; may be given more than once.")
    ] = None,
    remove_all: Annotated[bool, typer.Option("--remove-all", help="Remove all of them.")] = False,
    as_json: Json = False,
) -> None:
    """Lists the passkeys with which an agent signs in to the console, or removes some: the sessions that they opened
    end at once, and the agent is told. Exit code 1 if one to be removed is not there."""
    from storage.operations import passkeys

    given = dict.fromkeys(remove or ())

    async def work() -> tuple[list[Passkey], list[int]]:
        async with database_to_read(settings_of(), of_a_wallet=False) as db:
            async with db.write() as conn:
                there = [one.passkey_id for one in await passkeys.all_passkeys(conn, telegram_id)]
                for number in there:
                    if remove_all or number in given:
                        await passkeys.remove(conn, number, telegram_id, None, clock.now())
                left = await passkeys.all_passkeys(conn, telegram_id)
            return left, [number for number in given if number not in there]

    left, unknown = run_async(work)
    if as_json:
        say_json({"passkeys": [_as_json(one) for one in left]})
    else:
        for one in left:
            used = f"used {one.used_at:%Y-%m-%d %H:%M} UTC" if one.used_at is not None else "never used"
            typer.echo(f"{one.passkey_id}\t{one.name}\tadded {one.added_at:%Y-%m-%d %H:%M} UTC\t{used}")
        if not left:
            typer.echo(f"{telegram_id} has no passkeys", err=True)
    if unknown:
        numbers = ", ".join(map(str, unknown))
        fail(f"{telegram_id} has no passkey {numbers}; `duebot agent passkeys {telegram_id}` lists what there is")


def _as_json(one: Passkey) -> dict[str, object]:
    used = one.used_at.isoformat() if one.used_at is not None else None
    return {"number": one.passkey_id, "name": one.name, "added_at": one.added_at.isoformat(), "used_at": used}
