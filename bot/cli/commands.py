"""The commands of `duebot`."""

from __future__ import annotations

import asyncio
import signal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot import logs
from bot.channels.pacer import Pacer
from bot.channels.telegram import build_bot
from bot.cli.demo import run_demo
from bot.cli.opening import NOT_SO, WRONG_USE, database, fail, policy_of, run_async, say_json, settings_of
from bot.clock import SystemClock
from bot.settings import Settings
from bot.work import casework, linking
from bot.work.importing import Report, import_paths
from bot.work.planning import plan as plan_now
from locales import match_language
from storage import agents as stored_agents
from storage.agents import Agent
from storage.engine import Database
from storage.marks import read_mark
from storage.migrate import pending, upgrade

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


class RoleName(StrEnum):
    all = "all"
    bot = "bot"
    sender = "sender"
    web = "web"


def main() -> None:
    app()


# --- Running ---------------------------------------------------------------------------------------------------------


@app.command()
def demo() -> None:
    """The whole program on a throw-away database with a local Telegram: no token, no network."""
    run_async(lambda: run_demo(settings_of().host_and_port))


@app.command()
def run(
    role: Annotated[
        RoleName, typer.Option(help="Which parts: all, or one of them beside other processes.")
    ] = RoleName.all,
) -> None:
    """Serves until SIGTERM; then finishes what is in flight and exits 0."""
    from bot.app import App

    async def work() -> None:
        settings = settings_of()
        policy = policy_of(settings)
        settings.bot_token  # noqa: B018  without a token there is nothing to serve
        logs.configure()
        async with database(settings):
            pass  # up to date, or refused
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        program = App(settings, policy, clock, role.value)
        starting = asyncio.create_task(program.start())
        waiting = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
            else:
                starting.result()
                await program.run_until(stopped)
        finally:
            waiting.cancel()
            await program.stop()

    run_async(work)


@app.command()
def plan(as_json: Json = False) -> None:
    """Plans what is due now, once. The running program does it by itself."""

    async def work() -> None:
        settings = settings_of()
        async with database(settings) as db:
            done = await plan_now(db, policy_of(settings), clock.now())
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
    """Brings the database up to date."""

    async def work() -> None:
        db = Database(settings_of().database_url.get_secret_value())
        try:
            steps = await pending(db)
            await upgrade(db)
        finally:
            await db.close()
        typer.echo("\n".join(f"done: {step}" for step in steps) or "the database is up to date")

    run_async(work)


# --- Facts and people ------------------------------------------------------------------------------------------------


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="CSV files, or folders of them.")],
    as_json: Json = False,
) -> None:
    """Takes in customers, accounts, instalments and payments. Refused rows go to FILE.refused.csv with the reason."""

    async def work() -> Report:
        async with database(settings_of()) as db:
            bar = _progress_bar(hidden=as_json)
            tasks: dict[Path, TaskID] = {}

            def show(path: Path, done: int, whole: int) -> None:
                if path not in tasks:
                    tasks[path] = bar.add_task(path.name, total=whole)
                bar.update(tasks[path], completed=done)

            with bar:
                return await import_paths(db, paths, clock.now(), progress=show)

    report = run_async(work)
    if as_json:
        say_json(report.as_json())
    else:
        _say_report(report)
    if not report.ok:
        raise typer.Exit(NOT_SO)


def _progress_bar(*, hidden: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=hidden or not console.is_terminal,
    )


def _say_report(report: Report) -> None:
    for kind, counts in report.counts.items():
        typer.echo(
            f"{kind}: {counts.added} added, {counts.changed} changed, {counts.same} same, {counts.refused} refused"
        )
    for file in report.files:
        if file.error:
            typer.echo(f"{file.path}: {file.error}", err=True)
        elif file.note:
            typer.echo(f"{file.path}: {file.note}", err=True)
        if file.refused_file is not None:
            typer.echo(f"{file.path}: {file.refused} rows refused, see {file.refused_file}", err=True)


@app.command()
def link(customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER_ID")]) -> None:
    """Prints a one-time link that opens the bot as this customer. It is good for 24 hours and for one person."""

    async def work() -> str:
        settings = settings_of()
        async with database(settings) as db:
            username = await _bot_username(db, settings)
            try:
                payload = await linking.issue_payload(db, customer_id, clock.now())
            except linking.NoSuchCustomer:
                fail(f"no customer has the id {customer_id!r}; import customers first, or look the id up there")
        return f"https://t.me/{username}?start={payload}"

    typer.echo(run_async(work))


async def _bot_username(db: Database, settings: Settings) -> str:
    """The bot's name in links: as it last ran, else asked of Telegram."""
    async with db.read() as conn:
        mark = await read_mark(conn, "bot_username")
    if mark is not None:
        return mark[0]
    bot = build_bot(settings.bot_token, settings.telegram_api, Pacer())
    async with bot:
        return str(bot.username)


@agent_app.command("add")
def agent_add(
    telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID", help="Their numeric id at Telegram.")],
    name: Annotated[str, typer.Option(help="The name that customers and colleagues read.")],
    languages: Annotated[str, typer.Option(help="What they speak, best first, such as zh,en.")] = "",
    role: Annotated[str, typer.Option(help="agent or supervisor.")] = "agent",
) -> None:
    """Adds an agent, or changes one."""
    if telegram_id <= 0:
        fail(f"TELEGRAM_ID: expected a person's id, which is positive, not {telegram_id}", WRONG_USE)
    if role not in ("agent", "supervisor"):
        fail(f"--role: expected agent or supervisor, not {role!r}", WRONG_USE)
    if not name.strip() or len(name) > 64 or not name.isprintable():
        fail("--name: expected 1 to 64 printable characters", WRONG_USE)
    spoken = tuple(tag.strip() for tag in languages.split(",") if tag.strip())
    for tag in spoken:
        if match_language(tag) is None:
            fail(f"--languages: expected some of en, zh, zh-Hans, zh-Hant, not {tag!r}", WRONG_USE)

    async def work() -> None:
        async with database(settings_of()) as db, db.write() as conn:
            await stored_agents.add_agent(conn, Agent(telegram_id, name.strip(), spoken, role), clock.now())

    run_async(work)
    typer.echo(f"{name.strip()} ({telegram_id}) may work the queue as {role}")


@agent_app.command("list")
def agent_list(as_json: Json = False) -> None:
    """Shows who may work the queue."""

    async def work() -> list[Agent]:
        async with database(settings_of()) as db, db.read() as conn:
            return await stored_agents.list_agents(conn)

    known = run_async(work)
    if as_json:
        rows = [{"telegram_id": a.telegram_id, "name": a.name, "languages": a.languages, "role": a.role} for a in known]
        say_json({"agents": rows})
        return
    for agent in known:
        typer.echo(f"{agent.telegram_id}\t{agent.name}\t{','.join(agent.languages) or '-'}\t{agent.role}")
    if not known:
        typer.echo("no agents yet; `duebot agent add TELEGRAM_ID --name NAME` adds one", err=True)


@agent_app.command("remove")
def agent_remove(telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID")]) -> None:
    """Takes an agent off the list; their cases go back to the queue."""

    async def work() -> bool:
        async with database(settings_of()) as db:
            return await casework.remove_agent(db, telegram_id, clock.now())

    if not run_async(work):
        fail(f"there is no agent with the id {telegram_id}; `duebot agent list` shows who there is")
    typer.echo(f"{telegram_id} may no longer work the queue")
