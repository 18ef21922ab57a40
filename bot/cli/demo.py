"""`duebot demo`: a sample wallet, the program itself, and a local Telegram with its page.

The program is the one that runs in production; only its Telegram, token, database and clock differ.
"""

from __future__ import annotations

import asyncio
import csv
import logging
import signal
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr

from bot import logs
from bot.app import App
from bot.cli.opening import fail
from bot.clock import MovableClock
from bot.policies import load_policy
from bot.sandbox import Action, Demo, LocalTelegram, Person, serve
from bot.settings import Settings, load_settings
from bot.work.importing import import_paths
from bot.work.linking import issue_payload
from storage.agents import Agent, add_agent
from storage.migrate import upgrade

TOKEN = "100200300:DEMO-token-of-the-local-Telegram"  # noqa: S105  opens nothing but the local Telegram
AGENT_CHAT = -1001002003004
ZONE = "Asia/Shanghai"
STARTS_AT = time(10)
STEP = timedelta(hours=1)  # the clock is moved in steps, so that everything happens in its own hour

STORY = (
    "Each phone has opened the wallet's one-time link. Press “Balance”, or write anything.",
    "What is coming up was said already, in Chinese and in English. Press “+1 day” a few times: a reminder comes on "
    "the due day, and one after it.",
    "Go on to five days overdue: a case opens in the agents' group. Write /next there, then answer in its topic.",
    "Write back on the phone. Block the bot on one: what cannot arrive becomes a case with its reason.",
    "Let the wallet receive a payment: the case closes and says so.",
)


class Wallet:
    """The sample wallet's side: its nightly files, and payments that customers make."""

    def __init__(self, folder: Path, app: App) -> None:
        self._folder = folder
        self._app = app
        self._payments: list[tuple[str, str, date, str]] = []

    async def open(self, today: date) -> None:
        """Writes the first files and has them imported."""
        self._write(
            "customers",
            "customer_id,name,language,time_zone,phone",
            [
                ("C1", "王小明", "zh-Hans", ZONE, "+8613800000001"),
                ("C2", "Anna Lee", "en", "Asia/Singapore", "+6580000002"),
            ],
        )
        self._write(
            "accounts",
            "account_id,customer_id,product,currency,balance,credit_limit",
            [("A1", "C1", "花费分期", "CNY", "2680.50", "8000"), ("A2", "C2", "Card", "SGD", "912.30", "3000")],
        )
        self._write(
            "instalments",
            "instalment_id,account_id,due_date,amount_due,amount_paid,principal,interest",
            [
                ("I1", "A1", today + timedelta(days=2), "860.00", "0", "845.00", "15.00"),
                ("I2", "A1", today + timedelta(days=32), "860.00", "0", "847.50", "12.50"),
                ("I3", "A2", today + timedelta(days=3), "240.00", "0", "", ""),
                ("I4", "A2", today + timedelta(days=33), "240.00", "0", "", ""),
            ],
        )
        await self.import_files()

    async def import_files(self) -> None:
        """The nightly import: what the wallet says is true again as of now."""
        await import_paths(self._app.db, [self._folder], self._app.clock.now())

    async def pay(self, instalment_id: str, amount: str) -> str:
        """A payment arrives, as an event from the wallet."""
        paid_on = self._app.clock.now().astimezone(ZoneInfo(ZONE)).date()
        self._payments.append((f"P{len(self._payments) + 1}", instalment_id, paid_on, amount))
        self._write("payments", "payment_id,instalment_id,paid_on,amount", self._payments)
        await self.import_files()
        await self._app.catch_up()
        return "The wallet has received it."

    def _write(self, kind: str, header: str, rows: Sequence[Sequence[object]]) -> None:
        with (self._folder / f"{kind}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)


async def run_demo(address: tuple[str, int]) -> None:
    """Runs until interrupted. `address` is where the page is served."""
    logs.configure(logging.WARNING)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with tempfile.TemporaryDirectory(prefix="duebot-demo-") as folder:
        await serve_demo(address, Path(folder), stopped, say=typer.echo)


Say = Callable[[str], None]


async def serve_demo(
    address: tuple[str, int], folder: Path, stopped: asyncio.Event, say: Callable[[str], None]
) -> None:
    clock = MovableClock()
    _to_the_morning(clock)
    telegram = LocalTelegram(clock=clock, token=TOKEN, bot_username="duebot_demo_bot", bot_name="Wallet")
    xiaoming = telegram.person(2001, "小明", "zh-hans", "+8613800000001", last_name="王", zone=ZONE)
    anna = telegram.person(2002, "Anna", "en", "+6580000002", last_name="Lee", zone="Asia/Singapore")
    mei, tom = telegram.person(3001, "Mei", "en", zone=ZONE), telegram.person(3002, "Tom", "en", zone=ZONE)
    telegram.forum(AGENT_CHAT, "Wallet · Agents", members=[mei, tom])
    try:
        async with serve(telegram, host=address[0], port=address[1]) as url:
            app = App(_settings(url, folder), load_policy("humane"), clock)
            await _run(app, telegram, folder, {"C1": xiaoming, "C2": anna}, stopped, url, say)
    except OSError as error:
        if error.errno is None:
            raise
        fail(
            f"DUEBOT_LISTEN: {address[0]}:{address[1]} cannot be listened at ({error.strerror}); set another host:port"
        )


async def _run(
    app: App,
    telegram: LocalTelegram,
    folder: Path,
    phones: dict[str, Person],
    stopped: asyncio.Event,
    url: str,
    say: Say,
) -> None:
    await upgrade(app.db)
    wallet_folder = folder / "wallet"
    wallet_folder.mkdir()
    wallet = Wallet(wallet_folder, app)
    await wallet.open(app.clock.now().astimezone(ZoneInfo(ZONE)).date())
    async with app.db.write() as conn:
        await add_agent(conn, Agent(3001, "Mei", ("en", "zh"), "supervisor"), app.clock.now())
        await add_agent(conn, Agent(3002, "Tom", ("en",), "agent"), app.clock.now())
    telegram.demo = Demo(move=lambda by: _move(app, wallet, by), story=STORY, actions=_actions(wallet))
    try:
        await app.start()
        for customer_id, phone in phones.items():
            phone.say(f"/start {await issue_payload(app.db, customer_id, app.clock.now())}")
        await app.catch_up()
        say(f"duebot demo: open {url} in a browser. Ctrl+C ends it; nothing is kept.")
        await app.run_until(stopped)
    finally:
        await app.stop()


def _actions(wallet: Wallet) -> list[Action]:
    return [
        Action("王小明 pays CNY 860.00", lambda: wallet.pay("I1", "860.00")),
        Action("Anna pays SGD 100.00", lambda: wallet.pay("I3", "100.00")),
        Action("Anna pays SGD 240.00", lambda: wallet.pay("I3", "240.00")),
    ]


async def _move(app: App, wallet: Wallet, by: timedelta) -> None:
    """Lets the hours pass one by one, with the wallet's file each night."""
    clock = app.clock
    assert isinstance(clock, MovableClock)
    left = by
    while left > timedelta():
        step = min(left, STEP)
        day = clock.now().date()
        clock.move(step)
        left -= step
        if clock.now().date() != day:
            await wallet.import_files()
        await app.catch_up()


def _to_the_morning(clock: MovableClock) -> None:
    """Sets the demo's clock to the next ten o'clock in the morning, when reminders may be sent."""
    here = clock.now().astimezone(ZoneInfo(ZONE))
    morning = datetime.combine(here.date(), STARTS_AT, here.tzinfo)
    if morning <= here:
        morning += timedelta(days=1)
    clock.move(morning - here)


def _settings(url: str, folder: Path) -> Settings:
    return load_settings(
        token=SecretStr(TOKEN),
        telegram_api=url,
        database_url=SecretStr(f"sqlite:///{folder / 'duebot.db'}"),
        agent_chat=AGENT_CHAT,
        listen="127.0.0.1:0",
        public_url="",
        policy="humane",
        brand="Wallet",
    )
