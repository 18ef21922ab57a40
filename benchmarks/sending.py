"""Sending with all its bookkeeping: claim, last check, attempt, message, outcome, with `send_due` on a planned wallet.

It uses the same server as `transport`, without a rate limit; the difference to bare sending is the cost of the
bookkeeping. Without a network (the channel accepts at once) it is the bookkeeping alone.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import wallet
from benchmarks.measuring import Rate, Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from benchmarks.telegram_server import TOKEN, telegram_server
from benchmarks.transport import IN_FLIGHT, LATENCY_S, UNLIMITED, Say, ours_unpaced, rate_of
from bot.channels import Accepted, Channel, Envelope, Outcome
from bot.channels.rate_limiter import Pacer
from bot.channels.telegram import TelegramChannel, build_bot
from bot.message import Message
from bot.policies import load_policy
from bot.settings import Settings
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import PolicyBook, open_book
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database
from storage.schema import contacts, notices

BARE_S = 0.7  # of bare sending before each setting


@dataclass(frozen=True, slots=True)
class Extent:
    """How many messages each measurement sends."""

    messages: int = 1000


@dataclass(frozen=True, slots=True)
class Setting:
    """`loops` senders side by side, each with a batch of so many messages in flight."""

    batch: int
    loops: int = 1
    network: bool = True

    @property
    def name(self) -> str:
        channel = "" if self.network else ", no network"
        loops = "" if self.loops == 1 else f"{self.loops} × "
        return f"{loops}{self.batch} in flight{channel}"


SETTINGS = (Setting(30), Setting(100), Setting(100, loops=2), Setting(300), Setting(100, network=False))


class _Nowhere:
    """A channel that accepts whatever it is given."""

    name = "telegram"

    async def deliver(self, address: str, message: Message) -> Outcome:
        return Accepted("1")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        return Accepted("1")


async def sending(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    async with telegram_server(LATENCY_S) as api:
        bot = build_bot(TOKEN, api, Pacer(UNLIMITED))
        await bot.initialize()
        try:
            with places() as there:
                async with ours_unpaced(api) as bare:
                    for kind in KINDS:
                        async with there.database(kind) as db:
                            rows += await _measure(db, kind, TelegramChannel(bot), bare, extent.messages)
        finally:
            await bot.shutdown()
    columns = (
        *("bookkeeping in", "setting", "messages/s", "CPU ms each", "bare messages/s", "bare CPU ms"),
        *("speed, × bare", "CPU, × bare"),
    )
    note = (
        f"Bare is our transport, no pacer, no database, {IN_FLIGHT} in flight, measured just before each setting. "
        "All else goes through the pacer, which has no limit here."
    )
    return [Table("sending", columns, rows, note)]


async def _measure(db: Database, kind: str, telegram: Channel, bare: Say, messages: int) -> list[tuple[Cell, ...]]:
    book = await _planned(db, messages * len(SETTINGS))
    rows: list[tuple[Cell, ...]] = []
    for setting in SETTINGS:
        sender = Sender(db, book, Settings(), {"telegram": telegram if setting.network else _Nowhere()}, "benchmark")
        least = await rate_of(bare, BARE_S)
        rate = await _rate(sender, setting, messages)
        ratios = (rate.per_s / least.per_s, rate.cpu_ms / least.cpu_ms)
        rows.append((kind, setting.name, rate.per_s, rate.cpu_ms, least.per_s, least.cpu_ms, *ratios))
    await _check(db, messages * len(SETTINGS))
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
    """Sends so many of the planned messages."""
    left = messages

    async def loop() -> None:
        nonlocal left
        while left > 0:
            share = min(setting.batch, left)
            left -= share
            sent = await send_due(sender, wallet.NOW, share)
            assert sent.accepted == share, sent

    with Spent() as spent:
        await asyncio.gather(*(loop() for _ in range(setting.loops)))
    return Rate.of(messages, spent)


async def _check(db: Database, messages: int) -> None:
    """Whether every message is on record as accepted, once: what is fast must be right too."""
    async with db.read() as conn:
        noted = await conn.scalar(select(func.count()).select_from(notices).where(notices.c.state == "accepted"))
        proven = await conn.scalar(select(func.count()).select_from(contacts).where(contacts.c.state == "accepted"))
    assert noted == proven == messages, (noted, proven, messages)
