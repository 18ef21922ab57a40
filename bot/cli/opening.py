"""What commands start with: settings, a policy, an up-to-date database; and how they end if one is missing.

A command imports what it needs when it runs, so that nobody waits two seconds for `--help`, for a misspelt setting, or
for Telegram and a web server that the command does not need.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from bot.cli.codes import NOT_SO as NOT_SO
from bot.cli.codes import WRONG_USE as WRONG_USE
from bot.clock import SystemClock
from bot.log_kinds import guard

if TYPE_CHECKING:
    from bot.rules.policy.policy import Policy
    from bot.settings import Settings
    from storage.runtime.engine import Database

app = typer.Typer(
    help="duebot makes sure that no wallet customer goes overdue without contact: balance and due dates in Telegram, "
    "humane reminders, and a person when it matters. Settings come from DUEBOT_… variables, .env and duebot.toml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
agent_app = typer.Typer(help="The agents, who work the queue in the agents' group.", no_args_is_help=True)
policy_app = typer.Typer(
    help="Explains a policy in plain words, and finds the faults of a policy file.", no_args_is_help=True
)
app.add_typer(agent_app, name="agent")
app.add_typer(policy_app, name="policy")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"duebot {version('duebot')}")
        raise typer.Exit


@app.callback()
def begin(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options before any command."""
    _asked_for_json.clear()


def _json(asked: bool) -> bool:
    if asked:
        _asked_for_json.append(True)
    return asked


clock = SystemClock()
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.", callback=_json)]
_asked_for_json: list[bool] = []


T = TypeVar("T")


def fail(message: str, code: int = NOT_SO) -> NoReturn:
    """Ends the command with one line (or a few) on standard error. With `--json` the JSON object contains the same text
    as `error`."""
    if _asked_for_json:
        say_json({"error": message})
    typer.echo(message, err=True)
    raise typer.Exit(code)


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Runs a command; an error that a person can fix ends it with a line that says how."""
    guard()
    if "structlog" in sys.modules:  # it loads slowly, and without it nothing was logged
        from bot import logs

        logs.configure(logging.WARNING)
    try:
        return asyncio.run(_awaited(work))
    except typer.Exit:
        raise
    except Exception as error:
        from bot.cli.errors import error_line

        if (told := error_line(error)) is None:
            raise
        said, code = told
    fail(said, code)


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def settings_of(*, quiet: bool = False) -> Settings:
    """The settings. An unknown name, which silently does nothing, is reported once on standard error, or not at all if
    the command reports it itself (`quiet`)."""
    from bot.setting_names import unknown_names
    from bot.settings import load_settings

    settings = load_settings()
    if not quiet and not _said_unknown:
        _said_unknown.append(True)
        for unknown in unknown_names():
            typer.echo(str(unknown), err=True)
    return settings


_said_unknown: list[bool] = []


def policy_of(settings: Settings) -> Policy:
    from bot.policies import load_policy

    return load_policy(settings.policy, clock.now().date())


async def policy_in_force(db: Database, settings: Settings) -> Policy:
    """What supervisors approved in the console, else the operator's own."""
    from bot.work.policy.policies import adopted

    return await adopted(db, policy_of(settings), clock.now())


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database, up to date: SQLite is migrated, PostgreSQL must have been."""
    from storage.runtime.engine import Database
    from storage.runtime.migrate import require_current, upgrade
    from storage.runtime.pooling import refuse_transaction_pooling

    db = Database(settings.database_url.get_secret_value())
    try:
        await refuse_transaction_pooling(db)
        if db.is_sqlite:
            await upgrade(db)
        else:
            await require_current(db)
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def database_to_read(settings: Settings, *, of_a_wallet: bool = True) -> AsyncIterator[Database]:
    """The database for a command that only reads. If there is none, none is created, and the command ends with 2; also
    if nothing was ever imported and the answer is `of_a_wallet`, because an empty database proves nothing."""
    from storage.operations.health_queries import has_customers
    from storage.runtime.engine import Database
    from storage.runtime.migrate import was_made
    from storage.runtime.pooling import refuse_transaction_pooling

    db = Database(settings.database_url.get_secret_value())
    try:
        await refuse_transaction_pooling(db)
        made = await was_made(db)
    finally:
        await db.close()
    if not made:
        fail("there is no database yet; `duebot import PATH…` imports the wallet's files", WRONG_USE)
    async with database(settings) as db:
        if of_a_wallet:
            async with db.read() as conn:
                known = await has_customers(conn)
            if not known:
                fail("nothing was imported yet; `duebot import PATH…` imports the wallet's files", WRONG_USE)
        yield db


def say_json(answer: object) -> None:
    """Prints the one JSON object of a command."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
