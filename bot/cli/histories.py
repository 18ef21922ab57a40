"""`history save`, `history verify`, `history new-key`: the signed record of contact that a customer can have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import Json, app, clock, database, database_to_read, fail, run_async, say_json, settings_of

if TYPE_CHECKING:
    from bot.rules.outlook.signed_file import Judgement

history_app = typer.Typer(help="The signed record of contact that a customer gets with /history.", no_args_is_help=True)
app.add_typer(history_app, name="history")

FilePath = Annotated[Path, typer.Argument(metavar="FILE")]


@history_app.command("save")
def save(customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER_ID")], file: FilePath) -> None:
    """Writes a customer's record of contact to a file, signed, as they get it in the chat."""
    from bot.work.outlook.contact_history import signed_history

    async def work() -> bytes:
        settings = settings_of()
        async with database(settings) as db:
            content = await signed_history(db, settings, customer_id, clock.now())
        if content is None:
            fail(f"no customer has the id {customer_id[:64]!r}, or they were forgotten")
        return content

    content = run_async(work)
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file}: it cannot be written: {error.strerror or error}")
    typer.echo(f"{file}: {len(content)} bytes")


@history_app.command("verify")
def verify(file: FilePath, as_json: Json = False) -> None:
    """Says whether a record of contact was made with this database, and nobody changed it since. Exit code 1 if not."""
    from bot.rules.outlook.signed_file import MOST_BYTES
    from bot.work.outlook.contact_history import verified

    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        fail(f"{file}: it cannot be read: {error.strerror or error}")
    if len(content) > MOST_BYTES:
        fail(f"{file}: larger than {MOST_BYTES >> 20} MiB, so it is no record of contact")

    async def work() -> Judgement:
        async with database_to_read(settings_of()) as db:
            return await verified(db, content)

    found = run_async(work)
    if as_json and found.judged == "genuine":
        say_json({"genuine": True, "key": found.key})
        return
    words = {
        "genuine": f"genuine and unchanged, signed with key {found.key}",
        "withdrawn": f"unchanged, but its key {found.key} was withdrawn: it may have been made by somebody else",
        "changed": "changed since it was made, or not made with this database",
        "unsigned": "no signature at its end: it is no record of contact, or cut off",
    }[found.judged]
    if found.judged != "genuine":
        fail(f"{file.name}: {words}")
    typer.echo(f"{file.name}: {words}")


@history_app.command("new-key")
def new_key(
    withdraw: Annotated[bool, typer.Option("--withdraw", help="No longer trust what earlier keys signed.")] = False,
) -> None:
    """Signs with a new key from now on. Files that were signed before stay genuine, unless you withdraw their keys."""
    from bot.work.outlook.contact_history import change_key

    async def work() -> int:
        async with database(settings_of()) as db:
            return await change_key(db, clock.now(), withdraw=withdraw)

    number = run_async(work)
    typer.echo(f"key {number} signs from now on" + ("; earlier keys are withdrawn" if withdraw else ""))
