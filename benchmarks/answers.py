"""Answers: from an update to its answer through the whole program, beside an echo bot of python-telegram-bot and a bare
aiohttp loop, which store nothing.

All of them poll the same server (`updates_server`) in turn. `/balance` comes from customers who are linked, contacts
from customers who are not yet; a flood is all of one person. "At once" shows what an update costs when many wait; "200
a second" shows how long a customer waits, and what an update costs when each comes alone.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr
from sqlalchemy import func, insert, literal, select
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks import wallet
from benchmarks.measuring import Spent
from benchmarks.places import KINDS, Places, places
from benchmarks.report import Cell, Table
from benchmarks.telegram_server import TOKEN
from benchmarks.transport import UNLIMITED
from benchmarks.updates_server import Answered, Server, Updates, updates_server
from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.settings import Settings
from bot.work.facts.import_run import import_paths
from storage.runtime.engine import Database
from storage.runtime.updates import count_waiting
from storage.schema import chats, contacts, links


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers there are and ask, how many link, how many updates a flood has, and the rate of the second
    measurement."""

    customers: int = 1000
    asking: int = 500
    linking: int = 500
    flood: int = 2000
    per_s: float = 200.0

    @classmethod
    def of(cls, customers: int) -> Extent:
        return cls(customers, flood=40_000 if customers >= 10_000 else cls().flood)


@dataclass(frozen=True, slots=True)
class Way:
    """What came in which way, how it was answered, and the processor time of it all."""

    name: str
    updates: Updates
    answered: Answered
    cpu_s: float

    @property
    def cpu_ms(self) -> float:
        return self.cpu_s * 1000 / self.updates.count


async def answers(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    at_once, paced = Updates("balance", extent.asking), Updates("balance", extent.asking, per_s=extent.per_s)
    found: list[tuple[str, Way]] = []
    async with updates_server() as server:
        for name, bot in (("bare aiohttp", _bare(server.api)), ("PTB echo", _echo(server.api))):
            async with bot:
                found += [(name, await _measured(server, asked)) for asked in (at_once, paced)]
        with places() as there:
            for kind in KINDS:
                found += [(f"duebot, {kind}", way) for way in await _duebot(server, there, kind, extent)]
            memory = [await _memory(server, there, kind, extent) for kind in KINDS]
    columns = ("bot", "updates", "answers/s", "CPU ms each", "CPU, × bare", "CPU, × echo", "median ms", "p99 ms")
    return [
        Table("answers", columns, _rows(found), f"A wallet of {extent.customers:,} customers."),
        Table(
            "memory",
            ("database", "after start, MB", "most in a flood of one, MB", "most with many persons, MB"),
            memory,
            f"{extent.flood:,} updates of one person, then /balance of {_persons(extent):,} persons at once.",
        ),
    ]


def _rows(found: list[tuple[str, Way]]) -> list[tuple[Cell, ...]]:
    beside = {(name, way.name): way.cpu_ms for name, way in found}

    def ratio(way: Way, bot: str) -> float:
        return way.cpu_ms / beside.get((bot, way.name), beside[bot, "/balance at once"])

    return [
        (
            *(name, way.name, way.answered.answered / way.answered.seconds, way.cpu_ms),
            *(ratio(way, "bare aiohttp"), ratio(way, "PTB echo"), way.answered.middle_ms, way.answered.p99_ms),
        )
        for name, way in found
    ]


async def _measured(server: Server, given: Updates, app: App | None = None) -> Way:
    with Spent() as spent:
        answered = await server.give(given)
        if app is not None:
            await _handled(app.db)
    rate = f"{given.per_s:.0f} a second" if given.per_s else "at once"
    name = {"balance": f"/balance {rate}", "contact": "contacts at once", "flood": "a flood of one"}[given.kind]
    return Way(name, given, answered, spent.cpu_s)


# --- The bots --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _bare(api: str) -> AsyncIterator[None]:
    """Polls and answers, with nothing around it."""
    answering: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession() as session:

        async def call(method: str, **data: Any) -> Any:
            async with session.post(f"{api}/bot{TOKEN}/{method}", data=data) as response:
                return (await response.json())["result"]

        async def poll() -> None:
            offset = 0
            while True:
                for update in await call("getUpdates", offset=offset, timeout=25):
                    offset = update["update_id"] + 1
                    task = asyncio.create_task(call("sendMessage", chat_id=update["message"]["chat"]["id"], text="ok"))
                    answering.add(task)
                    task.add_done_callback(answering.discard)

        polling = asyncio.create_task(poll())
        try:
            yield
        finally:
            polling.cancel()
            await asyncio.gather(polling, *answering, return_exceptions=True)


@asynccontextmanager
async def _echo(api: str) -> AsyncIterator[None]:
    """The library's own way, with its own transport."""

    async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(update.message.text or "")

    application = Application.builder().token(TOKEN).base_url(f"{api}/bot").concurrent_updates(100).build()
    application.add_handler(MessageHandler(filters.ALL, echo))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(bootstrap_retries=0)
        yield
        await application.updater.stop()
        await application.stop()


async def _duebot(server: Server, there: Places, kind: str, extent: Extent) -> list[Way]:
    async with there.database(kind) as db:
        await _fill(db, extent)
        limiter = RateLimiter(per_second=UNLIMITED, per_chat_s=0.0001)
        app = App(_settings(server, db), load_policy("humane", wallet.TODAY), _CLOCK, "bot", limiter=limiter)
        await app.start()
        gc.freeze()  # as the program does
        try:
            await server.give(Updates("balance", 100))  # warms up
            ways = [
                await _measured(server, Updates("balance", extent.asking, first=1 + extent.asking), app),
                await _measured(server, Updates("balance", extent.asking, per_s=extent.per_s), app),
                await _measured(server, Updates("contact", extent.linking, first=extent.customers + 1), app),
                await _measured(server, Updates("flood", extent.flood, first=1), app),
            ]
        finally:
            await app.stop()
        await _check(db, extent)
    return ways


async def _handled(db: Database) -> None:
    """Waits until nothing is left to be done."""
    while True:
        async with db.read() as conn:
            if not await count_waiting(conn):
                return
        await asyncio.sleep(0.02)


_CLOCK = ManualClock(wallet.NOW)


def _settings(server: Server, db: Database) -> Settings:
    address = db.url.set(drivername=db.url.get_backend_name()).render_as_string(False)
    return Settings(token=SecretStr(TOKEN), telegram_api=server.api, database_url=SecretStr(address))


async def _fill(db: Database, extent: Extent) -> None:
    """Customers who are linked and once wrote, and as many more as link."""
    with tempfile.TemporaryDirectory() as folder:
        wallet.write_wallet(Path(folder), extent.customers + extent.linking, due_today=True)
        report = await import_paths(db, [Path(folder)], wallet.NOW)
    assert report.ok, report.as_json()
    await wallet.link_all(db)
    async with db.write() as conn:
        await conn.execute(links.delete().where(links.c.user_id > extent.customers))
        everybody = select(links.c.user_id, literal("en"))
        await conn.execute(insert(chats).from_select(["user_id", "client_language"], everybody))


async def _check(db: Database, extent: Extent) -> None:
    """Whether everything is on record: what is fast must be right too."""
    async with db.read() as conn:
        linked = await conn.scalar(select(func.count()).select_from(links).where(links.c.way == "contact"))
        asked = select(func.count(func.distinct(contacts.c.customer_id))).where(contacts.c.kind == "command")
        told = await conn.scalar(asked)
    assert linked == extent.linking and told == min(extent.customers, 2 * extent.asking), (linked, told)


# --- Memory ----------------------------------------------------------------------------------------------------------


async def _memory(server: Server, there: Places, kind: str, extent: Extent) -> tuple[Cell, ...]:
    """The most memory of `duebot run` while one person, and then everybody, sends a flood."""
    async with there.database(kind) as db:
        await _fill(db, extent)
        settings = _settings(server, db)
        told = {
            "DUEBOT_TOKEN": TOKEN,
            "DUEBOT_TELEGRAM_API": settings.telegram_api,
            "DUEBOT_DATABASE_URL": settings.database_url.get_secret_value(),
            "DUEBOT_SEND_RATE": "1000",
            "DUEBOT_PAID_BROADCAST": "true",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", "--role", "bot"),
            env={**os.environ, **told},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await server.give(Updates("balance", 1))
            before = _resident_mb(process.pid)
            await server.give(Updates("flood", extent.flood, first=1))
            in_flood = _resident_mb(process.pid, "VmHWM")
            await server.give(Updates("balance", _persons(extent), first=2))
            return kind, before, in_flood, _resident_mb(process.pid, "VmHWM")
        finally:
            process.terminate()
            await process.wait()


def _persons(extent: Extent) -> int:
    return min(extent.flood, extent.customers - 1)


def _resident_mb(pid: int, line: str = "VmRSS") -> float:
    """Of Linux: resident memory now, or the most there was (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = next(text for text in status.splitlines() if text.startswith(line))
    return int(found.split()[1]) / 1024
