"""`duebot auditor`: people who may read the console, and do nothing there or elsewhere."""

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
    from storage.cases.agents import Agent

auditor_app = typer.Typer(help="Auditors, who may read the console and change nothing.", no_args_is_help=True)
app.add_typer(auditor_app, name="auditor")

AuditorId = Annotated[int, typer.Argument(metavar="TELEGRAM_ID", help="Their numeric Telegram id.")]


@auditor_app.command("add")
def auditor_add(
    telegram_id: AuditorId,
    name: Annotated[str, typer.Option(help="Their name, as the audit log has it.")],
    languages: Annotated[str, typer.Option(help="Their languages, best first, such as zh,en.")] = "",
) -> None:
    """Adds an auditor, or changes one: they get in by /console, in private with the bot."""
    from locales import match_language
    from storage.operations import console_access

    if telegram_id <= 0:
        fail(f"TELEGRAM_ID: expected a person's id, which is positive, not {telegram_id}", WRONG_USE)
    called, spoken = name.strip(), [tag.strip() for tag in languages.split(",") if tag.strip()]
    if not called or len(called) > 64 or not called.isprintable():
        fail("--name: expected 1 to 64 printable characters", WRONG_USE)
    if unknown := next((tag for tag in spoken if match_language(tag) is None), ""):
        fail(f"--languages: expected languages such as zh,en, not {unknown!r}", WRONG_USE)

    async def work() -> bool:
        async with database(settings_of()) as db, db.write() as conn:
            return await console_access.add_auditor(conn, telegram_id, called, ",".join(spoken), clock.now())

    if not run_async(work):
        fail(f"{telegram_id} is an agent, and nobody audits their own work; `duebot agent remove` first")
    typer.echo(f"{called} ({telegram_id}) may read the console as auditor")


@auditor_app.command("list")
def auditor_list(as_json: Json = False) -> None:
    """Lists the auditors."""
    from storage.operations import console_access

    async def work() -> list[Agent]:
        async with database_to_read(settings_of(), of_a_wallet=False) as db, db.read() as conn:
            return await console_access.auditors(conn)

    known = run_async(work)
    if as_json:
        rows = [{"telegram_id": each.telegram_id, "name": each.name, "languages": each.languages} for each in known]
        say_json({"auditors": rows})
        return
    for each in known:
        typer.echo(f"{each.telegram_id}\t{each.name}\t{','.join(each.languages) or '-'}")
    if not known:
        typer.echo("no auditors; `duebot auditor add TELEGRAM_ID --name NAME` adds one", err=True)


@auditor_app.command("remove")
def auditor_remove(telegram_id: AuditorId) -> None:
    """Removes an auditor; their sessions end at once."""
    from storage.operations import console_access

    async def work() -> bool:
        async with database(settings_of()) as db, db.write() as conn:
            return await console_access.remove_auditor(conn, telegram_id, clock.now())

    if not run_async(work):
        fail(f"there is no auditor with the id {telegram_id}; `duebot auditor list` shows who there is")
    typer.echo(f"{telegram_id} may no longer read the console")
