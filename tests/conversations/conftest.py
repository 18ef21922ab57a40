"""The whole program against the local Telegram over HTTP, with a clock that a test moves."""

from __future__ import annotations

import asyncio
import csv
import os
import pickle
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.channels.telegram import build_bot
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rounds import every
from bot.rules.policy.policy import Policy
from bot.sandbox import Group, LocalTelegram, Person, serve
from bot.sandbox.groups import Topic
from bot.sandbox.profile import Profile
from bot.settings import load_settings
from bot.sides import sender_side
from bot.sides.command_menus import Face, show
from bot.work.customers.linking import issue_payload
from bot.work.facts.import_run import Report, import_paths
from storage.cases.agents import Agent, add_agent
from storage.runtime.engine import Database
from storage.schema import cases
from storage.topics.topics import want_topic
from tests.conftest import NOON, first_of_all, opened
from tests.kept_sqlite import KeptFile
from tests.one_thread import in_one_thread

if TYPE_CHECKING:
    from tests.conversations.channels import WideWorld

TOKEN = "123456:TEST-token"
AGENT_CHAT = -1001234567890
BRAND = "Wallet"
TAIPEI = ZoneInfo("Asia/Taipei")
# So far the clock is moved at a time as long as there is more left than that.
STEPS = (
    (timedelta(days=2), timedelta(days=1)),
    (timedelta(days=1), timedelta(hours=8)),
    (timedelta(hours=4), timedelta(hours=4)),
)


class World:
    """A wallet with its customers, the program, Telegram, and the agents' group."""

    def __init__(self, app: App, telegram: LocalTelegram, group: Group, clock: ManualClock, folder: Path) -> None:
        self.app, self.telegram, self.group, self.clock, self.folder = app, telegram, group, clock, folder
        self.db = app.db
        self._files = 0

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(TAIPEI).date()

    def in_days(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()

    async def import_rows(self, header: str, *rows: Sequence[object]) -> Report:
        """Imports rows of one kind, as a file of their own."""
        return await self.import_files((header, rows))

    async def import_files(self, *files: tuple[str, Sequence[Sequence[object]]]) -> Report:
        """Imports several files at once: the header of each, and its rows."""
        paths = []
        for header, rows in files:
            self._files += 1
            paths.append(self.folder / f"{self._files}.csv")
            with paths[-1].open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(header.split(","))
                writer.writerows(rows)
        report = await import_paths(self.db, paths, self.clock.now())
        assert report.ok, report.as_json()
        return report

    async def customer(
        self, customer_id: str, name: str = "Anna", language: str = "en", zone: str = "Asia/Taipei", phone: str = ""
    ) -> None:
        """A customer with an account A-… of 500.00 TWD that owes nothing."""
        account = [f"A-{customer_id}", customer_id, "Card", "TWD", "500.00"]
        await self.import_files(
            ("customer_id,name,language,time_zone,phone", [[customer_id, name, language, zone, phone]]),
            ("account_id,customer_id,product,currency,balance", [account]),
        )

    async def owes(
        self, customer_id: str, instalment: str, days: int, amount: str = "1200.00", paid: str = "0"
    ) -> None:
        """An instalment that is due in so many days (negative: was due)."""
        await self.import_rows(
            "instalment_id,account_id,due_date,amount_due,amount_paid",
            [instalment, f"A-{customer_id}", self.in_days(days), amount, paid],
        )

    async def pays(self, payment: str, instalment: str, amount: str) -> None:
        await self.import_rows(
            "payment_id,instalment_id,paid_on,amount", [payment, instalment, self.today.isoformat(), amount]
        )

    async def link(self, customer_id: str, person: Person) -> None:
        """Opens a one-time link on somebody's phone, and hears the welcome out."""
        person.say(f"/start {await issue_payload(self.db, customer_id, self.clock.now())}")
        await person.hears("")

    async def agent(self, person: Person, name: str, languages: tuple[str, ...] = ("en",), role: str = "agent") -> None:
        async with self.db.write() as conn:
            await add_agent(conn, Agent(person.user_id, name, languages, role), self.clock.now())

    async def topic_of(self, customer_id: str = "C1") -> Topic:
        """The topic of this customer's newest case, opened as if an agent had asked for it: its name says nothing of
        them."""
        newest = select(func.max(cases.c.case_id)).where(cases.c.customer_id == customer_id)
        for _ in range(500):
            async with self.db.read() as conn:
                case_id = (await conn.execute(newest)).scalar()
            if case_id is not None:
                async with self.db.write() as conn:
                    wanted = await want_topic(conn, case_id)
                if wanted:
                    assert self.app.bot_side is not None
                    await self.app.bot_side.desk.settle()
                return await self.group.topic_opened(rf"^#{case_id}\b")
            await asyncio.sleep(0.01)
        raise AssertionError(f"{customer_id} has no case")

    async def pass_time(self, **by: float) -> None:
        """Moves the clock and lets the program do what falls due: a few hours at a time, and of what takes longer the
        beginning in longer steps."""
        left = timedelta(**by)
        while left > timedelta():
            step = next((step for longer_than, step in STEPS if left > longer_than), left)
            self.clock.move(step)
            left -= step
            await self.app.catch_up()


@cache
def humane() -> Policy:
    """The shipped policy, read once for all worlds."""
    return load_policy("humane")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture(autouse=True)
def no_minute_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the clock of the machine, on which the rounds of each minute run. They are done by `catch_up`: planning first,
    and then the guard, who would otherwise now and then find what planning is just about to see to."""
    monkeypatch.setattr(sender_side, "EACH_MINUTE", every(24 * 60 * 60))


@pytest.fixture(autouse=True)
def no_second_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what falls due sent by itself, a second of the machine later, unless somebody rings for it: `catch_up`
    does that, too."""
    monkeypatch.setattr(sender_side, "LOOK_EVERY_S", 24 * 60 * 60.0)


@pytest.fixture(autouse=True)
def caught_up_with_telegram(telegram: LocalTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said before has come in first: the program fetches it some milliseconds later, which a round that finds
    nothing to do does not take."""
    rounds = App.catch_up

    async def catch_up(app: App) -> None:
        for _ in range(300):  # one that fetches nothing now does its rounds all the same
            if not telegram.updates.pending:
                break
            await asyncio.sleep(0.001)
        await rounds(app)

    monkeypatch.setattr(App, "catch_up", catch_up)


@dataclass(frozen=True)
class Earlier:
    """What is left of an earlier start of the same bot: what Telegram shows of it, and the database that knows of that.
    So not every test's program sets all menus again."""

    profile: Profile
    database: Path


@pytest.fixture(scope="session")
def earlier(sqlite_template: Path) -> Earlier:
    """The first worker that needs it makes it for all."""
    path, shown = sqlite_template.with_name("earlier.db"), sqlite_template.with_name("earlier.profile")

    async def start() -> Profile:
        telegram = LocalTelegram(clock=ManualClock(NOON), token=TOKEN)
        telegram.forum(AGENT_CHAT, "Agents", members=[])
        async with serve(telegram) as url, opened(f"sqlite:///{path}") as db:
            bot = build_bot(TOKEN, url, RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000))
            async with bot:
                await show(Face(bot, BRAND, [AGENT_CHAT]), db, NOON)
        return telegram.profile

    with first_of_all("earlier") as is_first:
        if is_first:
            shutil.copy(sqlite_template, path)
            shown.write_bytes(pickle.dumps(asyncio.run(start())))
    return Earlier(pickle.loads(shown.read_bytes()), path)


@pytest.fixture
async def telegram(clock: ManualClock, earlier: Earlier) -> LocalTelegram:
    telegram = LocalTelegram(clock=clock, token=TOKEN)
    telegram.profile = deepcopy(earlier.profile)
    return telegram


@pytest.fixture(scope="session")
def kept_file(earlier: Earlier) -> Iterator[KeptFile]:
    kept = KeptFile(earlier.database, earlier.database.with_name(f"conversations-{os.getpid()}"))
    yield kept
    kept.end()


@pytest.fixture
def sqlite_db(kept_db: Database) -> Database:
    return kept_db


@pytest.fixture
def anna(telegram: LocalTelegram) -> Person:
    return telegram.person(1001, "Anna", "en", "+886912345678")


@pytest.fixture
def ming(telegram: LocalTelegram) -> Person:
    return telegram.person(1002, "小明", "zh-hans", "+8613800000001")


@pytest.fixture
def mei(telegram: LocalTelegram) -> Person:
    return telegram.person(3001, "Mei", "en")


@pytest.fixture
def bob(telegram: LocalTelegram) -> Person:
    return telegram.person(3002, "Bob", "en")


@pytest.fixture
def stranger(telegram: LocalTelegram) -> Person:
    return telegram.person(4001, "Stranger", "en")


@pytest.fixture
async def world(
    request: pytest.FixtureRequest,
    telegram: LocalTelegram,
    mei: Person,
    bob: Person,
    stranger: Person,
    clock: ManualClock,
    sqlite_db: Database,
    tmp_path: Path,
) -> AsyncIterator[World]:
    """The program running, with Mei and Bob in the agents' group, both agents, and a stranger who is none. A parameter
    sets another group as the agents', or None: then the bot is in that group all the same."""
    group = telegram.forum(AGENT_CHAT, "Agents", members=[mei, bob, stranger])
    async with serve(telegram) as url:
        settings = load_settings(
            token=SecretStr(TOKEN),
            telegram_api=url,
            database_url=SecretStr(str(sqlite_db.url).replace("+aiosqlite", "")),
            agent_chat=getattr(request, "param", AGENT_CHAT),
            listen="127.0.0.1:0",
            brand=BRAND,
        )
        # Telegram's pace is tested by itself; here nobody waits for it.
        limiter = RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)
        app = App(settings, humane(), clock, limiter=limiter)
        folder = tmp_path / "files"
        folder.mkdir()
        await app.start()
        world = World(app, telegram, group, clock, folder)
        async with world.db.write() as conn:
            for person, name in ((mei, "Mei"), (bob, "Bob")):
                await add_agent(conn, Agent(person.user_id, name, ("en",), "agent"), clock.now())
        try:
            yield world
        finally:
            await world.app.stop()  # a test may have started another one


@pytest.fixture
async def wide(
    telegram: LocalTelegram, mei: Person, bob: Person, clock: ManualClock, sqlite_db: Database, tmp_path: Path
) -> AsyncIterator[WideWorld]:
    """The program with a mail server and an SMS gateway beside Telegram, and Mei and Bob as agents."""
    from tests.conversations.channels import wide_world  # builds on this file

    async with wide_world(telegram, [mei, bob], clock, sqlite_db, tmp_path) as world:
        yield world
