"""`link`, `unlink`, `show`, `forget`, `agent`: one customer, and the agents."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.codes import NOT_SO
from bot.cli.opening import (
    WRONG_USE,
    Json,
    agent_app,
    app,
    clock,
    database,
    database_to_read,
    fail,
    policy_in_force,
    run_async,
    say_json,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.settings import Settings
    from bot.work.facts.forgetting import AskedToKeep, Forgotten
    from bot.work.outlook.customer_timeline import Story
    from storage.cases.agents import Agent
    from storage.runtime.engine import Database

CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER_ID")]


@app.command()
def link(customer_id: CustomerId) -> None:
    """Prints a one-time link that opens the bot as this customer. It is valid for 24 hours and for one person."""
    from bot.work.customers import linking

    async def work() -> str:
        settings = settings_of()
        async with database(settings) as db:
            username = await _bot_username(db, settings)
            try:
                payload = await linking.issue_payload(db, customer_id, clock.now())
            except linking.NoSuchCustomer:
                fail(_unknown(customer_id))
        return f"https://t.me/{username}?start={payload}"

    typer.echo(run_async(work))


@app.command()
def unlink(customer_id: CustomerId, as_json: Json = False) -> None:
    """Ends the link between a customer and a Telegram account that is somebody else's. The account's owner is told in
    Telegram, and the customer by e-mail or SMS; a new `link` can follow. Exit code 1 if nobody is linked."""
    from bot.work.customers import linking
    from bot.work.customers.unlinking import unlink as end_link

    async def work() -> bool:
        async with database(settings_of()) as db:
            try:
                return await end_link(db, customer_id, clock.now())
            except linking.NoSuchCustomer:
                fail(_unknown(customer_id))

    ended = run_async(work)
    if as_json:
        say_json({"customer_id": customer_id, "unlinked": ended})
    elif ended:
        typer.echo(f"{customer_id} is no longer linked; the account that had the link is told within a minute")
    if not ended:  # the JSON object was printed already
        typer.echo(f"{customer_id} is linked to no Telegram account", err=True)
        raise typer.Exit(NOT_SO)


@app.command("letter-code")
def letter_code(customer_id: CustomerId) -> None:
    """Prints the code for a letter that is written to this customer this month: they see the same in /genuine."""
    from bot.work.customers.genuine import code_for_letter

    async def work() -> str:
        async with database(settings_of()) as db:
            code = await code_for_letter(db, customer_id, clock.now())
        if code is None:
            fail(_unknown(customer_id))
        return code

    code = run_async(work)
    typer.echo(f"{code[:4]} {code[4:]}")


async def _bot_username(db: Database, settings: Settings) -> str:
    """The bot's name for links: from its last run, else asked from Telegram."""
    from storage.runtime.program_state import bot_username

    async with db.read() as conn:
        known = await bot_username(conn)
    if known is not None:
        return known
    from bot.channels.rate_limiter import RateLimiter
    from bot.channels.telegram import build_bot

    bot = build_bot(settings.bot_token, settings.telegram_api, RateLimiter())
    async with bot:
        return str(bot.username)


@app.command()
def show(customer_id: CustomerId, as_json: Json = False) -> None:
    """Shows one customer's whole story in order, and what comes next, when and why."""
    from rich.console import Console

    from bot.cli.terminal import print_story
    from bot.work.outlook.customer_timeline import story
    from bot.work.reminders.channel_setup import channel_names

    async def work() -> Story | None:
        settings = settings_of()
        async with database_to_read(settings) as db:
            channels = channel_names(settings)
            return await story(db, await policy_in_force(db, settings), customer_id, clock.now(), channels=channels)

    told = run_async(work)
    if told is None:
        fail(_unknown(customer_id))
    if as_json:
        say_json(told.as_json())
    else:
        print_story(Console(), told)


@app.command()
def forget(
    customer_id: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking, even if rules require records.")] = False,
    as_json: Json = False,
) -> None:
    """Erases the person and keeps the anonymous figures. This cannot be undone. If rules require records to be kept, it
    says so first, and asks for confirmation in a terminal."""
    from bot.work.customers import linking
    from bot.work.facts.forgetting import asked_to_keep
    from bot.work.facts.forgetting import forget as forget_customer

    async def work() -> tuple[Forgotten, AskedToKeep | None]:
        settings = settings_of()
        async with database(settings) as db:
            keep = await asked_to_keep(db, await policy_in_force(db, settings), customer_id, clock.now())
            if keep is not None and not as_json:
                typer.echo(f"{customer_id}: {keep}", err=True)
                if not yes and _can_ask() and not typer.confirm("Forget all the same?", err=True):
                    fail("nothing was erased")
            try:
                return await forget_customer(db, customer_id, clock.now(), keep), keep
            except linking.NoSuchCustomer:
                fail(_unknown(customer_id))

    done, keep = run_async(work)
    if as_json:
        say_json({**done.as_json(), "records_asked_until": keep and keep.through.isoformat()})
    else:
        typer.echo(f"{customer_id} was forgotten before" if done.already else f"{customer_id} is forgotten")
        if done.topics_to_delete or done.messages_to_delete:
            typer.echo(
                f"the running program has Telegram delete {done.topics_to_delete} topics and "
                f"{done.messages_to_delete} messages"
            )
        typer.echo("".join(f"left: {what}\n" for what in done.left), nl=False)


def _can_ask() -> bool:
    """Whether a person can be asked; a script must never wait for an answer."""
    return sys.stdin.isatty()


def _unknown(customer_id: str) -> str:
    return f"no customer has the id {customer_id[:64]!r}; import customers first, or look the id up there"


@agent_app.command("add")
def agent_add(
    telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID", help="Their numeric Telegram id.")],
    name: Annotated[str, typer.Option(help="The name that customers and colleagues see.")],
    languages: Annotated[str, typer.Option(help="Their languages, best first, such as zh,en.")] = "",
    role: Annotated[str, typer.Option(help="agent or supervisor.")] = "agent",
) -> None:
    """Adds an agent, or changes one."""
    from bot.rules.languages import BASES, TAGS
    from locales import match_language

    if telegram_id <= 0:
        fail(f"TELEGRAM_ID: expected a person's id, which is positive, not {telegram_id}", WRONG_USE)
    if role not in ("agent", "supervisor"):
        fail(f"--role: expected agent or supervisor, not {role!r}", WRONG_USE)
    if not name.strip() or len(name) > 64 or not name.isprintable():
        fail("--name: expected 1 to 64 printable characters", WRONG_USE)
    spoken = tuple(tag.strip() for tag in languages.split(",") if tag.strip())
    known = sorted({*TAGS, *BASES})
    for tag in spoken:
        if match_language(tag) is None:
            fail(f"--languages: expected some of {', '.join(known)}, not {tag!r}", WRONG_USE)

    from bot.work.cases import casework
    from storage.cases.agents import Agent

    async def work() -> None:
        async with database(settings_of()) as db:
            await casework.add_agent(db, Agent(telegram_id, name.strip(), spoken, role), clock.now())

    run_async(work)
    typer.echo(f"{name.strip()} ({telegram_id}) may work the queue as {role}")


@agent_app.command("limits")
def agent_limits(
    telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID")],
    cases: Annotated[int, typer.Option(min=0, help="How many open cases they may take at once; 0: no limit.")] = 0,
    products: Annotated[str, typer.Option(help="Products of the accounts, such as loan,card; empty: any.")] = "",
    segments: Annotated[str, typer.Option(help="Customers' segments, such as trusted; empty: any.")] = "",
) -> None:
    """Sets what an agent may take, all of it. The cases they have stay theirs, and a supervisor may give them any."""
    from bot.rules.cases.agent_limits import MOST_CASES, MOST_CHARS, MOST_ENTRIES, WrongLimits, read_limits
    from bot.work.acting_outside import NotDone
    from bot.work.cases.agent_limits import set_limits

    wanted = read_limits("", products, segments, str(cases or ""))
    if isinstance(wanted, WrongLimits):
        if wanted.field == "most_cases":
            fail(f"--cases: expected 0 to {MOST_CASES}, not {cases}", WRONG_USE)
        expected = f"at most {MOST_ENTRIES} words of at most {MOST_CHARS} printable characters"
        fail(f"--{wanted.field}: expected {expected}, not {wanted.given[:80]!r}", WRONG_USE)

    async def work() -> Agent | NotDone:
        async with database(settings_of()) as db:
            return await set_limits(db, telegram_id, wanted, clock.now(), keeps_languages=True)

    agent = run_async(work)
    if isinstance(agent, NotDone):
        fail(f"there is no agent with the id {telegram_id}; `duebot agent list` shows who there is")
    most = f"at most {agent.most_cases}" if agent.most_cases else "any number of"
    which = f"products {','.join(agent.products) or 'any'}, segments {','.join(agent.segments) or 'any'}"
    typer.echo(f"{agent.name}: {most} cases at once, {which}")


@agent_app.command("shift")
def agent_shift(
    telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID")],
    shifts: Annotated[str, typer.Argument(metavar="SHIFTS", help='Such as "mon-fri 9:00-12:30 13:30-18:00", or off.')],
) -> None:
    """Sets when an agent is there in the week, by the desk's clock; "off" means whenever the desk is open."""
    from bot.work.cases import duty

    _set_duty(telegram_id, duty.set_shifts, shifts, 'expected days and times such as "mon-fri 9:00-12:30 13:30-18:00"')


@agent_app.command("away")
def agent_away(
    telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID")],
    days: Annotated[str, typer.Argument(metavar="DAYS", help='Such as "24 Dec - 2 Jan", a day, or off.')],
) -> None:
    """Adds days on which an agent is not there, by the desk's calendar; "off" takes back those that have not begun."""
    from bot.work.cases import duty

    _set_duty(telegram_id, duty.set_absence, days, 'expected days to come such as "24 Dec - 2 Jan"')


def _set_duty(telegram_id: int, how: Callable[..., Awaitable[object]], words: str, expected: str) -> None:
    from bot.work.cases.duty import AwayThen, OnDuty
    from storage.cases import agents

    async def work() -> object:
        settings = settings_of()
        async with database(settings) as db:
            async with db.read() as conn:
                agent = await agents.agent(conn, telegram_id)
            if agent is None:
                fail(f"there is no agent with the id {telegram_id}; `duebot agent list` shows who there is")
            return await how(db, agent, words, (await policy_in_force(db, settings)).desk, clock.now(), whose=agent)

    done = run_async(work)
    if isinstance(done, AwayThen):
        fail(f"{words!r} overlaps with an absence from {done.then.first} to {done.then.last}; `away ID off` ends that")
    if not isinstance(done, OnDuty):
        fail(f"{words!r} cannot be used ({getattr(done, 'fault', getattr(done, 'why', ''))}); {expected}", WRONG_USE)
    absences = "".join(f"\naway {each.first} to {each.last}" for each in done.absences)
    typer.echo(f"{done.name}: {done.shifts or 'whenever the desk is open'}{absences}")


@agent_app.command("list")
def agent_list(as_json: Json = False) -> None:
    """Lists the agents, with how many passkeys of the console each has."""
    from storage.cases import agents
    from storage.operations import passkeys

    async def work() -> tuple[list[Agent], dict[int, int]]:
        async with database_to_read(settings_of(), of_a_wallet=False) as db, db.read() as conn:
            return await agents.list_agents(conn), await passkeys.count_by_agent(conn)

    known, counts = run_async(work)
    if as_json:
        rows = [
            {
                "telegram_id": a.telegram_id,
                "name": a.name,
                "languages": a.languages,
                "role": a.role,
                "shifts": a.shifts,
                "products": a.products,
                "segments": a.segments,
                "most_cases": a.most_cases,
                "passkeys": counts.get(a.telegram_id, 0),
            }
            for a in known
        ]
        say_json({"agents": rows})
        return
    for agent in known:
        spoken, n = ",".join(agent.languages) or "-", counts.get(agent.telegram_id, 0)
        has = f"\t{n} passkey{'s' if n > 1 else ''}" if n else ""
        typer.echo(f"{agent.telegram_id}\t{agent.name}\t{spoken}\t{agent.role}{has}")
    if not known:
        typer.echo("no agents yet; `duebot agent add TELEGRAM_ID --name NAME` adds one", err=True)


@agent_app.command("remove")
def agent_remove(telegram_id: Annotated[int, typer.Argument(metavar="TELEGRAM_ID")]) -> None:
    """Removes an agent: their cases go back to the queue, and their keys of the HTTP API, their sessions in the console
    and their passkeys end."""
    from bot.work.cases import casework

    async def work() -> bool:
        async with database(settings_of()) as db:
            return await casework.remove_agent(db, telegram_id, clock.now())

    if not run_async(work):
        fail(f"there is no agent with the id {telegram_id}; `duebot agent list` shows who there is")
    typer.echo(f"{telegram_id} may no longer work the queue")
