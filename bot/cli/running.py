"""`demo`, `run`, `plan`, `migrate`, `adopt`, `doctor`: running the program, and maintaining it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import (
    NOT_SO,
    Json,
    app,
    clock,
    database,
    database_to_read,
    policy_in_force,
    policy_of,
    run_async,
    say_json,
    settings_of,
)

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.work.operations.findings import Finding
    from storage.runtime.engine import Database


LOOK_AGAIN_S = 1.0  # how often to look for a database that is away
# A closed terminal sends SIGHUP: the program ends as cleanly as with the others.
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LEAVE_WITHIN_S = 8.5  # the contract gives 10
M_ARENA_MAX = -8  # of glibc's malloc.h


class RoleName(StrEnum):
    all = "all"
    bot = "bot"
    sender = "sender"
    web = "web"


@app.command()
def demo() -> None:
    """The whole program on a throw-away database with a local Telegram: no token, no network."""
    from bot.cli.demo import run_demo

    run_async(lambda: run_demo(settings_of().host_and_port))


@app.command()
def run(
    role: Annotated[RoleName, typer.Option(help="Which role: all, or one of several processes.")] = RoleName.all,
) -> None:
    """Runs until SIGTERM (or SIGINT, SIGHUP); then finishes running work and exits with 0."""

    async def work() -> None:
        settings = settings_of()
        policy = policy_of(settings)
        if role is not RoleName.web:
            settings.bot_token  # noqa: B018  without a token the bot cannot speak to anybody
        _read_own_words(settings, role)
        from bot import logs
        from bot.app import App

        logs.configure()
        _share_heap()
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        leave = _last_resort(LEAVE_WITHIN_S)

        def end(*_: object) -> None:
            leave()  # the time counts from the signal, however long the loop is busy with something else
            with contextlib.suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(stopped.set)

        for number in ENDS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # with `nohup` it must not end
                signal.signal(number, end)
        if not await _is_up_to_date(settings, stopped):
            return
        _keep_others_away(settings, role)
        program = App(settings, policy, clock, role.value)
        end_spans = _begin_spans(role)
        starting = asyncio.create_task(program.start())
        waiting = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
            else:
                starting.result()
                # What is there now stays: to look through it takes 40 ms, for which everybody would wait each time.
                gc.freeze()
                await program.run_until(stopped)
        finally:
            waiting.cancel()
            leave()
            await program.stop()
            end_spans()
        _be_gone()

    run_async(work)


def _read_own_words(settings: Settings, role: RoleName) -> None:
    """Faulty words of the wallet's own end the command here, before it loads the program, which takes over a second."""
    if settings.phrases and role is not RoleName.web:
        from bot.work.customers.phrase_book import own_phrases

        own_phrases(settings.phrases)
    if settings.learn and role is not RoleName.web:
        from bot.work.customers.lesson_book import own_lessons

        own_lessons(settings.learn)
    if settings.guard_words:
        from bot.work.topics.forbidden_phrases import own_words

        own_words(settings.guard_words)


def _share_heap() -> None:
    """Where the system's library is glibc, all threads share one heap. Else each connection to SQLite has its own, and
    3 MB of what was freed there stay in it, which no other thread can use."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # another library has no such setting
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def _begin_spans(role: RoleName) -> Callable[[], None]:
    """Without the extra, duebot runs without spans, and says so."""
    from importlib.metadata import version

    from bot import spans

    try:
        return spans.begin(role.value, version("duebot"))
    except spans.NotInstalled as error:
        typer.echo(str(error), err=True)
        return lambda: None


async def _is_up_to_date(settings: Settings, stopped: asyncio.Event) -> bool:
    """Waits for a database that is away, such as one that starts together with the machine, and migrates it. False:
    `stopped` meanwhile. Raises an error that a person has to fix."""
    from bot.work.operations.bot_identity import require_own_bot
    from storage.runtime.failures import is_for_a_person
    from storage.runtime.write_retry import outage

    while not stopped.is_set():
        try:
            async with database(settings) as db:
                await require_own_bot(db, settings)
                _warn_of_readers(db)
                return True
        except Exception as error:
            if is_for_a_person(error) or not outage.noticed(error):
                raise
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), LOOK_AGAIN_S)
    return False


def _warn_of_readers(db: Database) -> None:
    """Warns once that other users of this machine can read the customers' debts."""
    import structlog

    from storage.runtime.private_files import open_to_others

    if db.path is not None and (wide := open_to_others(db.path)):
        hint = f"chmod 600 {' '.join(file.name for file in wide)}"
        structlog.get_logger().warning("the database may be read by others on this machine", hint=hint)


def _keep_others_away(settings: Settings, role: RoleName) -> None:
    """Locks a SQLite file for a role that speaks with people, until the process ends; raises `AlreadyRuns`. Where
    nothing can be locked, a warning says so."""
    import structlog

    from storage.runtime.engine import Database
    from storage.runtime.run_lock import CannotLock, RunLock

    path = Database(settings.database_url.get_secret_value()).path
    if path is None or role is RoleName.web:
        return
    try:
        RunLock(path, role.value).take()
    except CannotLock as error:
        hint = f"see that nobody starts a second `duebot run` on this database: {error}"
        structlog.get_logger().warning("a second program on this database would not be noticed", hint=hint)


def _last_resort(seconds: float) -> Callable[[], None]:
    """Gives what ends this process so many seconds after it was called first, even if something still runs: a
    statement in its own thread can neither be cancelled nor left behind. Nothing is lost, as with `kill -9`. A signal
    may call it at any point of the program, so it takes no lock."""
    hear, tell = os.pipe()
    os.set_blocking(tell, False)

    def wait() -> None:
        os.read(hear, 1)
        time.sleep(seconds)
        os._exit(0)

    threading.Thread(target=wait, name="last resort", daemon=True).start()

    def leave() -> None:
        with contextlib.suppress(BlockingIOError):  # it was called often
            os.write(tell, b".")

    return leave


def _be_gone() -> None:
    """Ends this process at once. All is stored; to take the interpreter apart takes seconds on a busy machine, in which
    no last resort can run any more."""
    with contextlib.suppress(OSError, ValueError):  # nobody reads what it prints
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


@app.command()
def plan(as_json: Json = False) -> None:
    """Plans what is due now, once. The running program does this by itself."""
    from bot.work.operations.clock_steps import correct_clock_steps
    from bot.work.policy.policies import open_book
    from bot.work.reminders.channel_setup import channel_names
    from bot.work.runtime.planning_round import plan as plan_now

    async def work() -> None:
        settings = settings_of()
        async with database(settings) as db:
            now = clock.now()
            await correct_clock_steps(db, now)
            book = await open_book(db, await policy_in_force(db, settings), now)
            done = await plan_now(db, book, now, channels=channel_names(settings), rate=settings.send_rate)
        if as_json:
            say_json({"planned": done.notices, "cases_opened": done.cases_opened, "cases_closed": done.cases_closed})
        else:
            typer.echo(
                f"planned {done.notices} reminders; opened {done.cases_opened} cases, closed {done.cases_closed}; "
                f"{done.unreachable} customers should be told something and have no live channel"
            )

    run_async(work)


@app.command()
def migrate() -> None:
    """Migrates the database to the present version."""
    from storage.runtime.engine import Database
    from storage.runtime.migrate import pending, upgrade
    from storage.runtime.pooling import refuse_transaction_pooling

    async def work() -> None:
        db = Database(settings_of().database_url.get_secret_value())
        try:
            await refuse_transaction_pooling(db)
            steps = await pending(db)
            await upgrade(db)
        finally:
            await db.close()
        typer.echo("\n".join(f"done: {step}" for step in steps) or "the database is up to date")

    run_async(work)


@app.command()
def adopt() -> None:
    """Gives the database to the bot of DUEBOT_TOKEN, after you replaced the bot on purpose. Stop the program first."""
    from bot.work.operations.bot_identity import adopt as give

    async def work() -> str:
        settings = settings_of()
        settings.bot_token  # noqa: B018  without a token there is no bot to give it to
        assert settings.bot_id is not None, "there is a token"
        async with database_to_read(settings, of_a_wallet=False) as db:
            before = await give(db, settings.bot_id, clock.now())
        if before == settings.bot_id:
            return f"the database belongs to the bot {before} already"
        belonged = "to no bot" if before is None else f"to the bot {before}"
        return (
            f"the database belongs to the bot {settings.bot_id} now, and belonged {belonged}; linked customers hear "
            "from it once each has opened it, and it has to be added to the agents' group"
        )

    typer.echo(run_async(work))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Checks settings, database, policy, token, the agents' group, the mail server, and whether anything is stuck."""
    from rich.console import Console

    from bot.channels.rate_limiter import RateLimiter
    from bot.channels.telegram import build_bot
    from bot.channels.telegram_checks import TelegramChecks
    from bot.cli.terminal import print_findings
    from bot.work.operations.health_checks import examine
    from storage.runtime.engine import Database

    async def work() -> list[Finding]:
        settings = settings_of(quiet=True)
        db = Database(settings.database_url.get_secret_value())
        asked = None
        if settings.token is not None:
            asked = TelegramChecks(build_bot(settings.bot_token, settings.telegram_api, RateLimiter()))
        try:
            return await examine(settings, db, asked, clock)
        finally:
            if asked is not None:
                await asked.close()
            await db.close()

    findings = run_async(work)
    if as_json:
        say_json({"ok": all(f.ok is not False for f in findings), "findings": [f.as_json() for f in findings]})
    else:
        print_findings(Console(), findings)
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(NOT_SO)
