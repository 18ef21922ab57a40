"""The program with every channel: Telegram, a real mail server and a real SMS gateway, all controlled by the test.

`WideWorld` is the world of `conftest` with those two added, a program that can be killed and restarted under another
policy, and the evidence: what the audit counts and what is stored, at every step of the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.rules.policy.policy import Policy, read_policy
from bot.sandbox import Group, LocalTelegram, Person, serve
from bot.sandbox.messages import Message
from bot.settings import Settings, load_settings
from bot.work.guarantee.guard import Audit, audit
from storage.customers.reachability import is_dead
from storage.runtime.engine import Database
from storage.schema import cases, contacts, notice_items, notices
from tests.channels.mail_server import MailServer
from tests.conversations.conftest import AGENT_CHAT, TAIPEI, TOKEN, World, humane

SAID_FIRST = "A short note from Wallet"  # a reminder's first line, in English


@dataclass
class SmsGateway:
    """Takes messages by a JSON POST and answers each number with a status; 200 unless told."""

    server: TestServer
    status: int = 200
    taken: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.status == 200:
            self.taken.append(body)
        return web.json_response({"error": "bad_address"} if self.status == 422 else {}, status=self.status)


class WideWorld(World):
    """A wallet, the program, Telegram, a mail server and an SMS gateway."""

    def __init__(
        self, app: App, telegram: LocalTelegram, group: Group, clock: ManualClock, folder: Path, settings: Settings
    ) -> None:
        super().__init__(app, telegram, group, clock, folder)
        self.settings = settings
        self.mail: MailServer
        self.sms: SmsGateway

    # --- The wallet's word -------------------------------------------------------------------------------------------

    async def customer(
        self,
        customer_id: str,
        name: str = "Anna",
        language: str = "en",
        zone: str = "Asia/Taipei",
        phone: str = "",
        email: str = "",
        currency: str = "TWD",
    ) -> None:
        known = [customer_id, name, language, zone, phone, email]
        account = [f"A-{customer_id}", customer_id, "Card", currency, "500"]
        await self.import_files(
            ("customer_id,name,language,time_zone,phone,email", [known]),
            ("account_id,customer_id,product,currency,balance", [account]),
        )

    async def knows(self, customer_id: str, **columns: str) -> None:
        """A row of a customers file."""
        await self.import_rows(",".join(["customer_id", *columns]), [customer_id, *columns.values()])

    async def falls_due(
        self, customer_id: str, instalment: str, due: str, amount: str = "1200.00", status: str = "open"
    ) -> None:
        """A row of an instalments file, by its date."""
        header = "instalment_id,account_id,due_date,amount_due,status"
        await self.import_rows(header, [instalment, f"A-{customer_id}", due, amount, status])

    async def pays(self, payment: str, instalment: str, amount: str, day: str = "") -> None:
        """A row of a payments file; a negative amount takes a payment back."""
        header = "payment_id,instalment_id,paid_on,amount"
        await self.import_rows(header, [payment, instalment, day or self.today.isoformat(), amount])

    async def linked(self, person: Person, customer_id: str = "C1", **known: str) -> None:
        """A customer who has opened the bot."""
        await self.customer(customer_id, **known)
        await self.link(customer_id, person)

    async def wallet_speaks(self) -> None:
        """The wallet says something about somebody's debt, so that its word on debts is of today."""
        await self.customer("nobody", name="Nobody")
        await self.owes("nobody", "I-nobody", days=300)

    # --- Time --------------------------------------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Lets the program do what is due, and waits for what its own loops have in hand."""
        await self.app.catch_up()
        while await self._count_claimed():
            await asyncio.sleep(0.005)
            await self.app.catch_up()

    async def _count_claimed(self) -> int:
        async with self.db.read() as conn:
            query = select(func.count()).select_from(notices).where(notices.c.state == "claimed")
            return int((await conn.execute(query)).scalar_one())

    async def pass_time(self, **by: float) -> None:
        """Lets time pass, with a stop at every noon and after every evening's sending hours."""
        await self._pass(self.clock.now() + timedelta(**by), TAIPEI)

    async def until(self, local: str, zone: str = TAIPEI.key) -> None:
        """Passes time up to a moment by the clock on somebody's wall, such as 2026-03-29T09:00."""
        place = ZoneInfo(zone)
        await self._pass(datetime.fromisoformat(local).replace(tzinfo=place).astimezone(UTC), place)

    async def _pass(self, end: datetime, place: ZoneInfo) -> None:
        """At every stop nobody may be silent, neither before the program has had its turn nor in the end."""
        while self.clock.now() < end:
            self.clock.set(min(end, next_stop(self.clock.now(), place)))
            await self.nobody_is_silent()
            await self.catch_up()
        await self.nobody_is_silent()

    async def jump_to(self, local: str, zone: str = TAIPEI.key) -> None:
        """Goes to that moment without a stop on the way."""
        self.clock.set(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)))
        await self.catch_up()
        await self.nobody_is_silent()

    def begin_on(self, local: str, zone: str = TAIPEI.key) -> None:
        """Sets the clock before anything has happened."""
        self.clock.set(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)))

    def outage(self, **of: float) -> None:
        """Time passes and nothing runs."""
        self.clock.move(timedelta(**of))

    async def restart(self, policy: Policy | None = None) -> None:
        """The program ends and begins again, perhaps under another policy."""
        await self.app.stop()
        self.app = _program(self.settings, policy or humane(), self.clock)
        self.db = self.app.db
        await self.app.start()

    # --- What people got ---------------------------------------------------------------------------------------------

    def reminders(self, person: Person) -> list[Message]:
        return [message for message in person.inbox if message.text.startswith(SAID_FIRST)]

    @contextmanager
    def told(self, person: Person, times: int) -> Iterator[None]:
        """Within the block, this person gets that many reminders."""
        before = len(self.reminders(person))
        yield
        got = [message.text for message in self.reminders(person)[before:]]
        assert len(got) == times, got

    # --- What can be proven ------------------------------------------------------------------------------------------

    async def audit(self) -> Audit:
        parts = self.app.parts
        return await audit(self.db, parts.policies.current, parts.channels, self.clock.now())

    async def nobody_is_silent(self) -> None:
        found = await self.audit()
        assert not found.silent, f"silent at {self.clock.now()}: {found.silent}"
        assert found.counts["silent"] == 0

    async def state_of(self) -> str:
        """The state of the only overdue customer there is; none is '-'."""
        counts = (await self.audit()).counts
        return next((state for state, count in counts.items() if count), "-")

    async def fates(self) -> list[str]:
        """What became of each notice, in order: its state, or the reason why it was not sent."""
        async with self.db.read() as conn:
            rows = (await conn.execute(select(notices).order_by(notices.c.notice_id))).all()
        assert all(row.policy_version for row in rows)
        return [row.reason if row.state == "not_sent" else row.state for row in rows]

    async def tries(self, customer_id: str = "C1") -> list[tuple[str, str, str | None]]:
        """The evidence: each attempt to remind as channel, state and reason."""
        mine = (contacts.c.customer_id == customer_id, contacts.c.kind == "reminder")
        async with self.db.read() as conn:
            rows = (await conn.execute(select(contacts).where(*mine).order_by(contacts.c.contact_id))).all()
        assert all(row.state == "refused" or row.reference for row in rows)
        return [(row.channel, row.state, row.reason) for row in rows]

    async def steps_told(self) -> list[str]:
        """The steps of which a message was accepted, in order."""
        query = select(notice_items.c.step_id).join(notices, notices.c.notice_id == notice_items.c.notice_id)
        told = query.where(notices.c.state == "accepted").order_by(notices.c.notice_id, notice_items.c.step_id)
        async with self.db.read() as conn:
            return list((await conn.execute(told)).scalars())

    async def case_reasons(self, customer_id: str = "C1") -> list[str]:
        """Why there is or was a case, oldest first, each with its state."""
        query = select(cases.c.reason, cases.c.state).where(cases.c.customer_id == customer_id)
        async with self.db.read() as conn:
            rows = (await conn.execute(query.order_by(cases.c.case_id))).all()
        return [row.reason if row.state != "closed" else f"{row.reason}, closed" for row in rows]

    async def is_dead(self, channel: str, customer_id: str = "C1") -> bool:
        async with self.db.read() as conn:
            return await is_dead(conn, customer_id, channel)


def policy_with(was: str, becomes: str) -> Policy:
    """The humane policy with other words in one place of its file."""
    text = humane().text
    assert was in text
    return read_policy(text.replace(was, becomes), "changed.toml")


def policy_with_hours(more: str) -> Policy:
    """The humane policy with more to its sending hours."""
    return policy_with('to = "20:00" }', f'to = "20:00", {more} }}')


def next_stop(now: datetime, place: ZoneInfo) -> datetime:
    """The next noon or nine in the evening by the clock of a place."""
    local = now.astimezone(place)
    days = (local.date(), local.date() + timedelta(days=1))
    stops = (datetime.combine(day, time(hour), place).astimezone(UTC) for day in days for hour in (12, 21))
    return next(stop for stop in stops if stop > now)


@asynccontextmanager
async def wide_world(
    telegram: LocalTelegram, members: list[Person], clock: ManualClock, db: Database, folder: Path
) -> AsyncIterator[WideWorld]:
    """The program running with all channels, and the first two members as agents."""
    group = telegram.forum(AGENT_CHAT, "Agents", members=members)
    async with serve(telegram) as url, _mail_server() as mail, _sms_gateway() as sms:
        settings = load_settings(
            token=SecretStr(TOKEN),
            telegram_api=url,
            database_url=SecretStr(str(db.url).replace("+aiosqlite", "")),
            agent_chat=AGENT_CHAT,
            listen="127.0.0.1:0",
            brand="Wallet",
            smtp_url=SecretStr(f"smtp://127.0.0.1:{mail.port}?from=notices@wallet.example"),
            sms_url=SecretStr(f"http://127.0.0.1:{sms.server.port}/send"),
        )
        app = _program(settings, humane(), clock)
        (folder / "files").mkdir()
        world = WideWorld(app, telegram, group, clock, folder / "files", settings)
        world.mail, world.sms = mail, sms
        await app.start()
        for member, name in zip(members, ("Mei", "Bob"), strict=False):
            await world.agent(member, name)
        try:
            yield world
        finally:
            await world.app.stop()


def _program(settings: Settings, policy: Policy, clock: ManualClock) -> App:
    # Telegram's pace is tested by itself; here nobody waits for it.
    return App(
        settings, policy, clock, limiter=RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)
    )


@asynccontextmanager
async def _mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def _sms_gateway() -> AsyncIterator[SmsGateway]:
    site = web.Application()
    gateway = SmsGateway(TestServer(site))
    site.router.add_post("/send", gateway.handle)
    await gateway.server.start_server(access_log=None, shutdown_timeout=0.1)
    try:
        yield gateway
    finally:
        await gateway.server.close()
