"""`duebot demo`: the program itself with a sample wallet, and a local Telegram with its page.

The program is the one that runs in production; only its Telegram, token, database and clock differ. `demo_wallet` has
the sample wallet, `demo_story` the page's texts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot import logs
from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.cli.demo_story import Scene, actions, guide
from bot.cli.demo_wallet import ANNA, XIAOMING, ZONE, Wallet
from bot.cli.opening import fail
from bot.clock import MovableClock, time_of_machines
from bot.policies import load_policy
from bot.rules.operations.api_keys import digest
from bot.rules.operations.event_signatures import WrongSignature, verified
from bot.rules.operations.outgoing_events import ALL
from bot.sandbox import Demo, LocalTelegram, Till, Told, ToldEvents, serve
from bot.setting_urls import LOOPBACK
from bot.settings import Settings
from bot.work.customers.linking import issue_payload
from bot.work.operations.console_access import way_in
from bot.work.operations.hooks import add_hook
from storage.cases.agents import Agent, add_agent
from storage.operations import api_keys
from storage.runtime.migrate import upgrade

TOKEN = "100200300:DEMO-token-of-the-local-Telegram"  # noqa: S105  opens nothing but the local Telegram
AGENT_CHAT, MEI = -1001002003004, 3001
STARTS_AT = time(10)
STEPS_AT = (0, 6, 9, 13, 18)  # time moves from hour to hour of these, so that events happen when they would
WALLET_FILES_AT = 6

API_KEY = "demo-" + "k3Vq9ZxLm2Tp7RbW5yHd8NcJ"  # opens nothing but the demo; one that can be pasted, so it is known
EVENTS_SECRET = "demo-events-" + "Hq4Tz8WkP2mXv6RcL9yBn3Gd"  # the same for the wallet's events
DESK_KEY = "demo-desk-" + "w8Rt4YpQ6Lz2Nc9XvB3mKf"  # the same for Mei's own key

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts of the demo, when everything is built."""

    app: App
    clock: MovableClock
    telegram: LocalTelegram
    scene: Scene
    url: str

    @property
    def wallet(self) -> Wallet:
        return self.scene.wallet


async def run_demo(address: tuple[str, int]) -> None:
    """Runs until interrupted. `address` is where the page is served."""
    logs.configure(logging.WARNING)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await serve_demo(address, stopped, say=typer.echo)


async def serve_demo(address: tuple[str, int], stopped: asyncio.Event, say: Say) -> None:
    """The demo until `stopped`; `say` gets the line with the page's address. When a visitor starts over, everything is
    built again under the same address: the clock, the chats, the database."""
    while not stopped.is_set():
        with tempfile.TemporaryDirectory(prefix="duebot-demo-") as folder:
            url = await _serve_once(address, Path(folder), stopped, say)
        address, say = (address[0], urlsplit(url).port or 0), _nothing


async def _serve_once(address: tuple[str, int], folder: Path, stopped: asyncio.Event, say: Say) -> str:
    """The demo until `stopped`, or until somebody starts it over; returns its address."""
    host, port = address
    clock = MovableClock()
    _to_the_morning(clock)
    telegram = LocalTelegram(clock=clock, token=TOKEN, bot_username="duebot_demo_bot", bot_name="Wallet")
    telegram.ephemeral = "10.3"
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(serve(telegram, host=host, port=port))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            fail(f"DUEBOT_LISTEN: {host}:{port} cannot be used ({why}); set another host:port")
        app = App(_settings(url, folder), load_policy("humane"), clock, limiter=_unhurried())
        await _run(Stage(app, clock, telegram, _scene(telegram, Wallet(folder / "wallet", app)), url), stopped, say)
    return url


def _nothing(_line: str) -> None:
    """The address was said already."""


def _scene(telegram: LocalTelegram, wallet: Wallet) -> Scene:
    """Two customers' phones, an agent's, and the agents' group."""
    xiaoming = telegram.person(2001, "小明", "zh-hans", "+8613800000001", last_name="王", zone=ZONE)
    anna = telegram.person(2002, "Anna", "en", "+6580000002", last_name="Lee", zone="Asia/Singapore")
    mei = telegram.person(MEI, "Mei", "en", zone=ZONE, on_page=True)
    tom = telegram.person(3002, "Tom", "en", zone=ZONE)
    return Scene(wallet, xiaoming, anna, mei, telegram.forum(AGENT_CHAT, "Agents", members=[mei, tom]))


async def _run(stage: Stage, stopped: asyncio.Event, say: Say) -> None:
    app = stage.app
    await upgrade(app.db)
    told = await _told_events(stage)
    await stage.wallet.open()
    async with app.db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", ("en", "zh"), "supervisor"), app.clock.now())
        await add_agent(conn, Agent(3002, "Tom", ("en",), "agent"), app.clock.now())
        await api_keys.add(conn, "Mei", digest(DESK_KEY), ("read", "desk"), app.clock.now(), 3001)
    over = asyncio.Event()
    ending = asyncio.create_task(_set_with(over, stopped))
    try:
        await app.start()
        await _link(stage, stopped)
        await stage.wallet.bill()
        await app.catch_up()
        stage.telegram.demo = _demo(stage, over, told)
        stage.telegram.changed()
        say(f"duebot demo: open {stage.url} in a browser. Ctrl+C ends it; nothing is kept.")
        assert app.web_side is not None
        say(f"The desk in a browser: {stage.url}/local/console")
        say(f"For other programs: {app.web_side.address}/api/v1/customers, with the key {API_KEY}")
        say(f"To work on cases as Mei: the key {DESK_KEY}; docs/api.md shows how")
        say(f"To send the wallet's events: the secret {EVENTS_SECRET}; docs/api.md shows how")
        await app.run_until(over)
    finally:
        ending.cancel()
        await app.stop()


async def _told_events(stage: Stage) -> ToldEvents:
    """Sets a hook to the page's own receiver, which reads what is signed for it."""
    app, clock = stage.app, stage.clock
    url = f"{_here(stage.url)}/local/told"
    made = await add_hook(app.db, app.settings, url, ALL, clock.now(), own_secret=True)

    def read(headers: Mapping[str, str], body: bytes) -> Told | None:
        try:
            signed = verified(headers, body, (made.secret or "",), time_of_machines(clock))
        except WrongSignature:
            return None
        event = json.loads(body)
        return Told(signed.event_id, event["type"], datetime.fromisoformat(event["timestamp"]), event["data"])

    return ToldEvents(read)


def _demo(stage: Stage, over: asyncio.Event, told: ToldEvents) -> Demo:
    wallet = stage.wallet
    return Demo(
        move=lambda by: _move(stage, by),
        guide=guide(stage.scene),
        actions=actions(wallet),
        till=Till(f"{_here(stage.url)}/pay/", wallet.bill_for, wallet.pay),
        restart=over.set,
        told=told,
        console=lambda number: _console(stage, number or MEI),
    )


async def _console(stage: Stage, number: int) -> str:
    """A link into the console for an agent; empty for others."""
    parts = stage.app.parts
    way = await way_in(parts.db, number, parts.web_address, stage.clock.now())
    return "" if way is None else way.url


async def _set_with(event: asyncio.Event, other: asyncio.Event) -> None:
    await other.wait()
    event.set()


async def _link(stage: Stage, stopped: asyncio.Event) -> None:
    """Both customers open their wallet's one-time link and are greeted; Mei opens the bot, so that it may write to
    her."""
    scene = stage.scene
    for customer_id, phone in ((XIAOMING, scene.xiaoming), (ANNA, scene.anna)):
        phone.say(f"/start {await issue_payload(stage.app.db, customer_id, stage.clock.now())}")
    scene.mei.say("/start")
    while not stopped.is_set() and not all(phone.inbox for phone in (scene.xiaoming, scene.anna, scene.mei)):
        await stage.telegram.bell.wait(1.0)


async def _move(stage: Stage, by: timedelta) -> None:
    """Lets time pass in steps; each morning the wallet's files are imported before messages are sent."""
    ends = stage.clock.now() + by
    async with stage.app.rounds_held():
        while (now := stage.clock.now()) < ends:
            until = min(ends, _next_step(now))
            stage.clock.move(until - now)
            if until.astimezone(ZoneInfo(ZONE)).hour == WALLET_FILES_AT:
                await stage.wallet.import_files()
            await stage.app.catch_up()


def _next_step(now: datetime) -> datetime:
    """The next of those hours of the wallet's day."""
    here = now.astimezone(ZoneInfo(ZONE))
    today = [datetime.combine(here.date(), time(hour), here.tzinfo) for hour in STEPS_AT]
    return next((step for step in today if step > here), today[0] + timedelta(days=1))


def _to_the_morning(clock: MovableClock) -> None:
    """Sets the demo's clock to the next ten o'clock in the morning, when reminders may be sent."""
    here = clock.now().astimezone(ZoneInfo(ZONE))
    morning = datetime.combine(here.date(), STARTS_AT, here.tzinfo)
    if morning <= here:
        morning += timedelta(days=1)
    clock.move(morning - here)


class _DemoSettings(Settings):
    """Ignores the environment, so that a demo reaches nobody outside."""

    model_config = SettingsConfigDict(env_file=None, toml_file=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _unhurried() -> RateLimiter:
    """The local Telegram has no limits, and a visitor who moves the clock should not wait for Telegram's."""
    return RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)


def _settings(url: str, folder: Path) -> Settings:
    return _DemoSettings(
        token=SecretStr(TOKEN),
        telegram_api=_here(url),
        database_url=SecretStr(f"sqlite:///{folder / 'duebot.db'}"),
        agent_chat=AGENT_CHAT,
        listen=f"localhost:{_beside(urlsplit(url).port or 0)}",  # a name: the console's passkeys need one
        api_key=SecretStr(API_KEY),
        events_secret=SecretStr(EVENTS_SECRET),
        hook_hosts=urlsplit(_here(url)).netloc,
        policy="humane",
        brand="Wallet",
        pay_url=f"{_here(url)}/pay/{{instalment_id}}",
    )


def _beside(port: int) -> int:
    """The port after the page's, at which docs/api.md looks for the API; 0, which is any, if that is taken."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port + 1))
        except (OSError, OverflowError):
            return 0
    return port + 1


def _here(url: str) -> str:
    """The page's address for a program on this machine, where it is served to a network."""
    parts = urlsplit(url)
    return url if parts.hostname in LOOPBACK else f"http://127.0.0.1:{parts.port}"
