"""What commands begin with: settings, a policy, a database that is up to date; and how they end when one is missing.

A command imports what it works with when it runs: nobody shall wait two seconds for `--help`, for a mistyped setting,
or for Telegram and a web server where the command needs neither.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from bot.clock import SystemClock
from bot.log_kinds import guard

if TYPE_CHECKING:
    from bot.rules.policy import Policy
    from bot.settings import Settings
    from storage.engine import Database

app = typer.Typer(
    help="duebot lets no wallet customer go overdue unheard: balance and due dates in Telegram, humane reminders, "
    "and a person when it matters. Settings come from DUEBOT_… variables, .env and duebot.toml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
agent_app = typer.Typer(help="Who may work the queue in the agents' group.", no_args_is_help=True)
policy_app = typer.Typer(
    help="What is said when, in plain words; and what is wrong with a policy file.", no_args_is_help=True
)
app.add_typer(agent_app, name="agent")
app.add_typer(policy_app, name="policy")

clock = SystemClock()
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


NOT_SO, WRONG_USE = 1, 2  # exit codes: what was asked does not hold; it was asked wrongly

T = TypeVar("T")


def fail(message: str, code: int = NOT_SO) -> NoReturn:
    """Ends the command with one line (or a few) on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Runs a command; what a person can mend ends it with a line that says how."""
    guard()
    if "structlog" in sys.modules:  # it takes a while to load, and is where anything may be logged
        from bot import logs

        logs.configure(logging.WARNING)
    try:
        return asyncio.run(_awaited(work))
    except typer.Exit:
        raise
    except Exception as error:
        if (told := _wrong_use(error)) is not None:
            fail(told, WRONG_USE)
        if (told := _does_not_work(error)) is not None:
            fail(told)
        raise


def _wrong_use(error: Exception) -> str | None:
    """What to say of a setting or a policy that cannot be used."""
    from bot.policies import PolicyNotFound
    from bot.rules.policy import PolicyFaulty
    from bot.settings import WrongSettings

    if isinstance(error, WrongSettings | PolicyFaulty):
        return str(error)
    if isinstance(error, PolicyNotFound):
        return f"DUEBOT_POLICY: {error}"
    from storage.engine import NotADatabase

    return f"DUEBOT_DATABASE_URL: {error}" if isinstance(error, NotADatabase) else None


def _does_not_work(error: Exception) -> str | None:
    """What to say of a database, an address or a Telegram that is not as it should be."""
    from bot.web import AddressTaken
    from storage.engine import is_unavailable
    from storage.migrate import DatabaseIsNewer

    if isinstance(error, DatabaseIsNewer | AddressTaken):
        return str(error)
    if is_unavailable(error):
        why = _why(error)
        return f"DUEBOT_DATABASE_URL: the database cannot be used ({why}); is it there, and may it be written to?"
    from telegram.error import TelegramError

    return f"Telegram: {error.message}" if isinstance(error, TelegramError) else None


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _why(error: BaseException) -> str:
    """The driver's own words, without the statement and its values."""
    return str(getattr(error, "orig", None) or error).splitlines()[0][:200]


def settings_of() -> Settings:
    from bot.settings import load_settings

    return load_settings()


def policy_of(settings: Settings) -> Policy:
    from bot.policies import load_policy

    return load_policy(settings.policy, clock.now().date())


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database, up to date: SQLite is brought there, PostgreSQL has to have been."""
    from storage.engine import Database
    from storage.migrate import pending, upgrade

    db = Database(settings.database_url.get_secret_value())
    try:
        if db.is_sqlite:
            await upgrade(db)
        elif steps := await pending(db):
            missing = "1 step is" if len(steps) == 1 else f"{len(steps)} steps are"
            fail(f"the database is not up to date: {missing} missing ({', '.join(steps)}); run `duebot migrate` first")
        yield db
    finally:
        await db.close()


def say_json(answer: Any) -> None:
    """Prints the one JSON object of a command."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
