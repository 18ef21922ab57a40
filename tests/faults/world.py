"""A wallet, a Telegram and the program as a process between them; and how to find what was lost or doubled.

The process uses the machine's clock. So its customers live where it is past noon now, and to let time pass while the
program is down, the stored times are moved back.
"""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select, update

import bot.policies
from bot.sandbox import Group, Person, serve
from bot.work.facts.import_run import import_paths
from storage.cases.agents import Agent, add_agent
from storage.customers.telegram_chats import note_client_language
from storage.customers.telegram_links import start_link
from storage.runtime.engine import Database
from storage.schema import cases, notices, outgoing_events, relays, updates, workers
from storage.topics.topics import want_topic
from tests.faults.program import Program, until
from tests.faults.watching import TOKEN, WatchedTelegram

AGENT_CHAT = -1001234567890
FIRST_USER = 5001


class World:
    """`program` is started by the test; `people` are the customers, all of them linked, in order."""

    def __init__(self, telegram: WatchedTelegram, db: Database, address: str, folder: Path) -> None:
        self.telegram, self.db, self.folder = telegram, db, folder
        self.mei = telegram.person(3001, "Mei")
        self.bob = telegram.person(3002, "Bob")
        self.group: Group = telegram.forum(AGENT_CHAT, "Agents", members=[self.mei, self.bob])
        self.people: list[Person] = []
        self.program = Program(
            folder,
            {
                "DUEBOT_TOKEN": TOKEN,
                "DUEBOT_DATABASE_URL": address,
                "DUEBOT_AGENT_CHAT": str(AGENT_CHAT),
                "DUEBOT_LISTEN": "127.0.0.1:0",
                "DUEBOT_POLICY": str(_with_an_open_desk(folder)),
            },
        )
        self._served = AsyncExitStack()

    # -- Telegram ----------------------------------------------------------------------------------------------------

    async def serve_telegram(self, port: int = 0) -> str:
        """Makes Telegram reachable; the program is told where."""
        url = await self._served.enter_async_context(serve(self.telegram, port=port))
        self.program.env["DUEBOT_TELEGRAM_API"] = url
        return url

    async def unplug_telegram(self) -> None:
        await self._served.aclose()

    # -- the wallet --------------------------------------------------------------------------------------------------

    async def customers(self, number: int, due_in_days: int | None = None) -> list[Person]:
        """So many new customers where it is past noon, linked, each with an instalment due in so many days (None: with
        nothing due)."""
        now = datetime.now(UTC)
        zone = zone_past_noon(now)
        first = len(self.people)
        new = [self.telegram.person(FIRST_USER + n, f"P{n}") for n in range(first, first + number)]
        ids = [f"C{person.user_id}" for person in new]
        await self._import(
            "customer_id,name,language,time_zone",
            [(i, person.name, "en", zone) for i, person in zip(ids, new, strict=True)],
        )
        await self._import(
            "account_id,customer_id,product,currency,balance", [(f"A{i}", i, "Card", "TWD", "500.00") for i in ids]
        )
        if due_in_days is not None:
            due = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=due_in_days)
            rows = [(f"I{i}", f"A{i}", due, "1200.00") for i in ids]
            await self._import("instalment_id,account_id,due_date,amount_due", rows)
        async with self.db.write() as conn:
            for i, person in zip(ids, new, strict=True):
                await note_client_language(conn, person.user_id, "en")
                await start_link(conn, i, person.user_id, "payload", now)
                person.started = True
        self.people += new
        return new

    async def agents(self) -> None:
        async with self.db.write() as conn:
            for person in (self.mei, self.bob):
                await add_agent(conn, Agent(person.user_id, person.name, ("en",), "agent"), datetime.now(UTC))

    async def _import(self, header: str, rows: Sequence[Sequence[object]]) -> None:
        path = self.folder / f"{header.partition(',')[0]}-{len(self.people)}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)
        report = await import_paths(self.db, [path], datetime.now(UTC))
        assert report.ok, report.as_json()

    # -- what the program wrote down ---------------------------------------------------------------------------------

    async def accepted(self) -> set[int]:
        """Whose reminder the database has as accepted."""
        async with self.db.read() as conn:
            rows = await conn.execute(select(notices.c.customer_id).where(notices.c.state == "accepted"))
            ids: Sequence[str] = rows.scalars().all()
            return {int(customer_id[1:]) for customer_id in ids}

    async def all_accepted(self) -> bool:
        return len(await self.accepted()) == len(self.people)

    async def nothing_waits(self) -> bool:
        """Nobody waits for an answer, and no words are on their way."""
        async with self.db.read() as conn:
            asked = (await conn.execute(select(func.count()).where(updates.c.state == "waiting"))).scalar_one()
            undone = relays.c.state.in_(("waiting", "attempted"))
            words = (await conn.execute(select(func.count()).where(undone))).scalar_one()
            return not asked and not words and not self.telegram.updates.pending

    async def settled(self, within_s: float = 60.0) -> None:
        await until(self.nothing_waits, "an answer to everybody, and all words passed on", within_s)

    async def cases(self) -> Sequence[Row[Any]]:
        async with self.db.read() as conn:
            return (await conn.execute(select(cases).order_by(cases.c.case_id))).all()

    async def claimed_by(self, agent: Person) -> int:
        """How many open cases the agent holds."""
        return sum(row.owner_id == agent.user_id and row.state == "claimed" for row in await self.cases())

    async def cases_settled(self) -> bool:
        """Every open case has its topic with a card that is up to date, as if agents had asked for them all."""
        rows = await self.cases()
        if without := [row.case_id for row in rows if row.topic == "none"]:
            async with self.db.write() as conn:
                for case_id in without:
                    await want_topic(conn, case_id)
        done = [row.topic == "open" and row.card_id is not None and not row.card_stale for row in rows]
        return len(done) > 0 and all(done)

    async def a_minute_passes(self) -> None:
        """A minute later, as far as the claims know that were open when the program was killed, and the next process,
        which else waits until the killed one has given no sign of life for some seconds."""
        clocks = (
            (notices, notices.c.claimed_at, notices.c.notice_id, "claimed_at"),
            (notices, notices.c.send_after, notices.c.notice_id, "send_after"),
            (relays, relays.c.claimed_at, relays.c.relay_id, "claimed_at"),
            (cases, cases.c.topic_at, cases.c.case_id, "topic_at"),
            (outgoing_events, outgoing_events.c.next_at, outgoing_events.c.event_number, "next_at"),
        )
        async with self.db.write() as conn:
            for table, at, key, name in clocks:
                for row in (await conn.execute(select(key, at).where(at.is_not(None)))).all():
                    earlier = {name: row[1] - timedelta(minutes=1)}
                    await conn.execute(update(table).where(key == row[0]).values(**earlier))
            if not self.program.alive and self.db.url.get_backend_name() == "postgresql":  # on SQLite nobody waits
                signs = (column for column in workers.c if column.name.endswith("_s"))
                await conn.execute(update(workers).values({column: column - 60 for column in signs}))

    # -- what people got ---------------------------------------------------------------------------------------------

    def sent_to(self, people: Sequence[Person]) -> Counter[int]:
        """How many messages each of them was sent, none of them left out."""
        counts = Counter({person.user_id: 0 for person in people})
        for message in self.telegram.sent():
            if message.chat_id in counts:
                counts[message.chat_id] += 1
        return counts

    async def close(self) -> None:
        if self.program.alive:
            await self.program.killed()
        await self._served.aclose()


def _with_an_open_desk(folder: Path) -> Path:
    """The policy `humane` with somebody at the desk day and night, at whatever hour these tests run."""
    shipped = (Path(bot.policies.__file__).parent / "humane.toml").read_text(encoding="utf-8")
    lines = shipped.splitlines(keepends=True)
    office = [line for line in lines if line.startswith('hours = { from = "09:00", to = "18:00", rest_days')]
    assert len(office) == 1
    policy = folder / "open.toml"
    policy.write_text("".join(line for line in lines if line not in office), encoding="utf-8")
    return policy


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Somebody else, a backup or a long import, writes to the database all the while."""
    other = sqlite3.connect(world.folder / "duebot.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def zone_past_noon(now: datetime) -> str:
    """A zone where it is between 13:00 and 14:00 now. The names' signs are the other way round: GMT-8 is UTC+8."""
    return f"Etc/GMT{now.astimezone(UTC).hour - 13:+d}"
