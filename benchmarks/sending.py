"""Sending with all its bookkeeping: claim, last check, attempt, message, outcome, through the sender's window on a
planned wallet.

It uses the same server as `transport`; beside it, in the same run, a bare aiohttp loop. Without a network (the channel
accepts at once) it is the bookkeeping alone. Where there is a limit, the server keeps it and refuses with 429 what
comes too early.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import wallet
from benchmarks.measuring import Rate, Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from benchmarks.telegram_server import TOKEN, telegram_server
from benchmarks.transport import IN_FLIGHT, LATENCY_S, UNLIMITED, Say, bare_aiohttp, rate_of
from bot.channels import Accepted, Channel, Envelope, Outcome
from bot.channels.rate_limiter import RateLimiter
from bot.channels.telegram import TelegramChannel, build_bot
from bot.loops import LOOK_EVERY_S
from bot.message import Message
from bot.policies import load_policy
from bot.settings import Settings
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import PolicyBook, open_book
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import IN_FLIGHT as WINDOW
from bot.work.reminders.sending import Window, ahead_at
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database
from storage.schema import contacts, notices

BARE_S = 0.7  # of bare sending before each setting
PAID = 1000  # messages a second, Telegram's most


@dataclass(frozen=True, slots=True)
class Extent:
    """How many messages each measurement sends."""

    messages: int = 2000


@dataclass(frozen=True, slots=True)
class Setting:
    """A window with at most so many claimed ahead. `per_second` is the rate that the limiter and the server
    keep (None: no limit); without `network` a channel that accepts at once."""

    ahead: int
    per_second: int | None = None
    network: bool = True

    @property
    def name(self) -> str:
        limit = "no limit" if self.per_second is None else f"limit {self.per_second:,}/s"
        return f"{self.ahead} ahead, {limit if self.network else 'no network'}"


SETTINGS = (
    Setting(ahead_at(30)),
    Setting(ahead_at(PAID)),
    Setting(ahead_at(PAID), per_second=PAID),
    Setting(ahead_at(PAID), network=False),
)


class _Nowhere:
    """A channel that accepts whatever it is given."""

    name = "telegram"
    at_once = None

    async def deliver(self, address: str, message: Message) -> Outcome:
        return Accepted("1")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        return Accepted("1")


async def sending(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    async with AsyncExitStack() as opened:
        api = await opened.enter_async_context(telegram_server(LATENCY_S))
        bare = await opened.enter_async_context(bare_aiohttp(api))
        channels = {setting: await opened.enter_async_context(_channel(setting, api)) for setting in SETTINGS}
        there = opened.enter_context(places())
        for kind in KINDS:
            async with there.database(kind) as db:
                rows += await _measure(db, kind, channels, bare, extent.messages)
    columns = (
        *("bookkeeping in", "setting", "messages/s", "CPU ms each", "429", "bare messages/s", "bare CPU ms"),
        *("speed, × bare", "CPU, × bare"),
    )
    note = (
        f"Bare is an aiohttp loop that sends a shorter text, no limiter, no database, {IN_FLIGHT} in flight, measured "
        f"just before each setting. The window has up to {WINDOW} in flight."
    )
    return [Table("sending", columns, rows, note)]


@asynccontextmanager
async def _channel(setting: Setting, api: str) -> AsyncIterator[Channel]:
    """The setting's channel; a limited one has a server of its own that keeps the limit."""
    if not setting.network:
        yield _Nowhere()
        return
    async with AsyncExitStack() as opened:
        if setting.per_second is not None:
            api = await opened.enter_async_context(telegram_server(LATENCY_S, setting.per_second))
        bot = build_bot(TOKEN, api, RateLimiter(setting.per_second or UNLIMITED))
        await bot.initialize()
        opened.push_async_callback(bot.shutdown)
        yield TelegramChannel(bot)


async def _measure(
    db: Database, kind: str, channels: Mapping[Setting, Channel], bare: Say, messages: int
) -> list[tuple[Cell, ...]]:
    book = await _planned(db, messages * len(channels))
    rows: list[tuple[Cell, ...]] = []
    for setting, channel in channels.items():
        sender = Sender(db, book, Settings(), {"telegram": channel}, "benchmark")
        least = await rate_of(bare, BARE_S)
        refused = await _count_refused(db)
        rate = await _rate(sender, setting, messages)
        ratios = (rate.per_s / least.per_s, rate.cpu_ms / least.cpu_ms)
        floods = await _count_refused(db) - refused
        rows.append((kind, setting.name, rate.per_s, rate.cpu_ms, floods, least.per_s, least.cpu_ms, *ratios))
    await _check(db, messages * len(channels))
    return rows


async def _planned(db: Database, size: int) -> PolicyBook:
    """A wallet in which so many customers are to be told of a debt now."""
    with tempfile.TemporaryDirectory() as folder:
        wallet.write_wallet(Path(folder), size, due_today=True)
        report = await import_paths(db, [Path(folder)], wallet.NOW)
    assert report.ok, report.as_json()
    await wallet.link_all(db)
    book = await open_book(db, load_policy("humane", wallet.TODAY), wallet.NOW)
    planned = await plan(db, book, wallet.NOW)
    assert planned.notices == size, planned
    return book


async def _rate(sender: Sender, setting: Setting, messages: int) -> Rate:
    """Sends so many of the planned messages, as the sender's side does."""
    window = Window(lambda: wallet.NOW, ahead=setting.ahead)
    claimed = 0
    with Spent() as spent:
        while window.accepted < messages:
            if claimed < messages and await window.room(LOOK_EVERY_S):
                claimed += await window.fill(sender, most=messages - claimed)
            else:
                await window.all_ended()
    return Rate.of(messages, spent)


async def _count_refused(db: Database) -> int:
    async with db.read() as conn:
        return int(await conn.scalar(select(func.count()).where(contacts.c.reason == "flood")) or 0)


async def _check(db: Database, messages: int) -> None:
    """Whether every message is on record as accepted, once: what is fast must be right too."""
    async with db.read() as conn:
        noted = await conn.scalar(select(func.count()).select_from(notices).where(notices.c.state == "accepted"))
        proven = await conn.scalar(select(func.count()).select_from(contacts).where(contacts.c.state == "accepted"))
    assert noted == proven == messages, (noted, proven, messages)
