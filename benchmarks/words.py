"""The time from a customer's message to the case's topic, with one customer writing and with fifty at once, while
nothing else happens and while reminders are being sent.

The whole program (long polling, inbox, desk, rate limiter) and the local Telegram run in one process. The rate limiter
has the usual 30 a second and no limit for the group, so that the program is measured and not Telegram's 20 a minute.
Each row is compared with a bare call that is measured in the same run.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from pydantic import SecretStr

from benchmarks import wallet
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.message import Message
from bot.policies import load_policy
from bot.sandbox import Group, LocalTelegram, Person, serve
from bot.settings import Settings
from bot.work.customers.talk_with_agent import ask_for_person
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import PolicyBook, open_book
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from bot.work.runtime.parts import BotParts
from bot.work.runtime.planning_round import plan
from storage.customers.telegram_chats import note_client_language
from storage.runtime.engine import Database

TOKEN = "123456:TEST-token"
AGENT_CHAT = -1001234567890
PER_SECOND = 30.0
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers write at once, how often, and how many reminders go out meanwhile."""

    writers: int = 50
    single_rounds: int = 20
    rounds: int = 3
    reminders: int = 500


async def words(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    with places() as there:
        for kind in KINDS:
            async with there.database(kind) as db, _running(db, extent) as stage:
                rows += await _measure(kind, stage, extent)
    columns = (
        "database",
        "writing at once",
        "meanwhile",
        "median ms",
        "slowest ms",
        "median, × bare",
        "slowest, × bare",
    )
    note = "Bare is one message to the group through the same limiter, with nothing else going on."
    return [Table("words", columns, rows, note)]


@dataclass(frozen=True, slots=True)
class _Stage:
    app: App
    telegram: LocalTelegram
    group: Group
    writers: Sequence[Person]
    book: PolicyBook


async def _measure(kind: str, stage: _Stage, extent: Extent) -> list[tuple[Cell, ...]]:
    bare = median([await _bare(stage) for _ in range(20)])
    rows: list[tuple[Cell, ...]] = []

    async def measured(meanwhile: str) -> None:
        for writers, rounds in ((stage.writers[:1], extent.single_rounds), (stage.writers, extent.rounds)):
            took = [ms for number in range(rounds) for ms in await _burst(stage, writers, f"{meanwhile} {number}")]
            middle, slowest = median(took), max(took)
            rows.append((kind, len(writers), meanwhile, middle, slowest, middle / bare, slowest / bare))

    await measured("nothing")
    sending = asyncio.create_task(_send(stage))
    await measured(f"{extent.reminders} reminders")
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    return rows


async def _bare(stage: _Stage) -> float:
    parts = stage.app.parts
    assert isinstance(parts, BotParts) and parts.groups is not None
    began = time.monotonic()
    await parts.groups.current.post(None, Message("bare"))
    return (time.monotonic() - began) * 1000


async def _burst(stage: _Stage, writers: Sequence[Person], words: str) -> list[float]:
    """Milliseconds from each one's words to their topic."""
    seen, said = len(stage.group.messages), {}
    for person in writers:
        said[f"{person.user_id} {words}"] = time.monotonic()
        person.say(f"{person.user_id} {words}")
    took: dict[str, float] = {}
    until = time.monotonic() + PATIENCE_S
    while len(took) < len(said):
        assert time.monotonic() < until, f"{len(said) - len(took)} words did not come"
        await stage.telegram.bell.wait(1.0)
        news, seen = stage.group.messages[seen:], len(stage.group.messages)
        took |= {m.text: (m.posted - said[m.text]) * 1000 for m in news if m.text in said}
    return list(took.values())


async def _send(stage: _Stage) -> None:
    """Sends reminders as the program does, batch after batch, until there are none left."""
    app = stage.app
    assert isinstance(app.parts, BotParts)
    sender = Sender(app.db, stage.book, Settings(), {"telegram": app.parts.channel}, "benchmark")
    while (await send_due(sender, wallet.NOW, int(PER_SECOND))).claimed:
        pass


@asynccontextmanager
async def _running(db: Database, extent: Extent) -> AsyncIterator[_Stage]:
    """The program with a case for each writer, each with a topic, and reminders planned for all others."""
    clock = ManualClock(wallet.NOW)
    telegram = LocalTelegram(clock=clock, token=TOKEN)
    agent = telegram.person(999_999, "Agent")
    group = telegram.forum(AGENT_CHAT, members=[agent])
    people = [telegram.person(n, f"Customer {n}") for n in range(1, extent.writers + extent.reminders + 1)]
    for person in people:
        person.started = True
    book = await _wallet(db, len(people))
    writers = people[-extent.writers :]
    for person in writers:
        async with db.write() as conn:
            await note_client_language(conn, person.user_id, "en")
        await ask_for_person(db, f"C{person.user_id:07d}", person.user_id, wallet.NOW)
    async with serve(telegram) as url:
        settings = Settings(
            token=SecretStr(TOKEN),
            telegram_api=url,
            database_url=SecretStr(db.url.set(drivername=db.url.get_backend_name()).render_as_string(False)),
            agent_chat=AGENT_CHAT,
        )
        limiter = RateLimiter(per_second=PER_SECOND, per_chat_s=0.001, per_group_minute=100_000)
        app = App(settings, load_policy("humane", wallet.TODAY), clock, "bot", limiter=limiter)
        await app.start()
        try:
            assert app.bot_side is not None
            while sum(1 for topic in group.topics if len(topic.messages) > 2) < extent.writers:
                await app.bot_side.desk.settle()
                clock.move(timedelta(seconds=5))
            yield _Stage(app, telegram, group, writers, book)
        finally:
            await app.stop()


async def _wallet(db: Database, size: int) -> PolicyBook:
    with tempfile.TemporaryDirectory() as folder:
        wallet.write_wallet(Path(folder), size, due_today=True)
        report = await import_paths(db, [Path(folder)], wallet.NOW)
    assert report.ok, report.as_json()
    await wallet.link_all(db)
    book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
    await plan(db, book, wallet.NOW)
    return book
