"""Several machines: three senders and two bots on one PostgreSQL, each of them killed or replaced in turn while
reminders go out and people ask, before a Telegram that keeps its limits and counts.

`python -m benchmarks.machines --minutes 30` runs it for longer. It uses real time and the machine's clock, so the
customers live where it is past noon. The number of customers is what the rate can send in that time.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from benchmarks.places import places
from benchmarks.report import Cell, Table
from bot.clock import SystemClock
from bot.rules.runtime.workers import BULK_SHARE
from bot.sandbox import LocalTelegram, Person, serve
from bot.sandbox.faults import Limits
from bot.work.facts.import_run import import_paths
from storage.runtime.engine import Database
from storage.schema import links, notices, updates

TOKEN = "123456789:AAH-machines_0x0x0x0x0x0x0x0x0x0x0x"
CREW = ("bot", "sender", "sender", "bot", "sender")
ASK_EVERY_S = 0.25
CHANGE_EVERY_S = 15.0  # a process ends, and another one is started in its place
QUIET_WITHIN_S = 180.0
LATENCY_S = (0.02, 0.08)


@dataclass(frozen=True, slots=True)
class Extent:
    minutes: float = 3.0
    rate: int = 20
    seed: int = 1


class Counting(Limits):
    """Telegram's limits, and how often one was passed."""

    passed = 0

    def check(self, chat_id: int, messages: int = 1) -> None:
        try:
            super().check(chat_id, messages)
        except Exception:
            self.passed += 1
            raise


@dataclass(slots=True)
class Crew:
    """The processes that run now, by when they were started, and what becomes of them."""

    folder: Path
    env: dict[str, str]
    running: list[tuple[str, Process]] = field(default_factory=list)
    killed: int = 0
    stopped: int = 0
    slowest_stop_s: float = 0.0
    wrong_codes: int = 0

    async def start(self, role: str) -> None:
        with (self.folder / "program.log").open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", "--role", role),
                cwd=self.folder,
                env=self.env,
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.running.append((role, process))

    def running_said(self) -> int:
        return (self.folder / "program.log").read_text(errors="replace").count("running ")

    async def kill_oldest(self) -> str:
        role, process = self.running.pop(0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.killed += 1
        return role

    async def stop_oldest(self) -> str:
        role, process = self.running.pop(0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.wrong_codes += await process.wait() != 0
        self.slowest_stop_s = max(self.slowest_stop_s, time.monotonic() - began)
        self.stopped += 1
        return role

    async def end(self) -> None:
        while self.running:
            await self.stop_oldest()


class Wallet:
    """The customers, what each was due to get, and what may have come twice."""

    def __init__(self, db: Database, telegram: LocalTelegram, number: int) -> None:
        self.db, self.telegram = db, telegram
        self.people = [telegram.person(n, f"P{n}", on_page=False) for n in range(1, number + 1)]
        self.asked: Counter[int] = Counter()
        self.may_come_twice: Counter[int] = Counter()

    async def move_in(self, folder: Path) -> None:
        now = datetime.now(UTC)
        zone = f"Etc/GMT{now.hour - 13:+d}"
        today = now.astimezone(ZoneInfo(zone)).date()
        numbers = range(1, len(self.people) + 1)
        files: dict[str, list[Sequence[object]]] = {
            "customer_id name language time_zone": [(f"C{n}", f"P{n}", "en", zone) for n in numbers],
            "account_id customer_id product currency balance": [
                (f"A{n}", f"C{n}", "Card", "TWD", "9.00") for n in numbers
            ],
            "instalment_id account_id due_date amount_due": [(f"I{n}", f"A{n}", today, "1200.00") for n in numbers],
        }
        for header, rows in files.items():
            path = folder / f"{header.partition(' ')[0]}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([header.split(), *rows])
            assert (await import_paths(self.db, [path], now)).ok
        async with self.db.write() as conn:
            linked = {"way": "payload", "linked_at": now}
            await conn.execute(insert(links), [{"customer_id": f"C{n}", "user_id": n, **linked} for n in numbers])
        for person in self.people:
            person.started = True

    async def ask(self, chance: Random) -> None:
        while True:
            person: Person = chance.choice(self.people)
            person.say("/balance")
            self.asked[person.user_id] += 1
            await asyncio.sleep(ASK_EVERY_S)

    async def accepted(self) -> set[int]:
        async with self.db.read() as conn:
            rows = await conn.execute(select(notices.c.customer_id).where(notices.c.state == "accepted"))
            return {int(customer_id[1:]) for customer_id in rows.scalars()}

    async def note_in_flight(self) -> None:
        """After a kill: who has got something that is not written down."""
        got = {message.chat_id for message in self.telegram.sent()}
        async with self.db.read() as conn:
            begun = (await conn.execute(select(updates.c.lane).where(updates.c.begun_at.is_not(None)))).scalars()
            lanes = {int(lane) for lane in begun if lane.isdecimal()}
        self.may_come_twice.update((got - await self.accepted()) | lanes)

    async def is_quiet(self) -> bool:
        async with self.db.read() as conn:
            waiting = (await conn.execute(select(func.count()).where(updates.c.state == "waiting"))).scalar_one()
        return not waiting and not self.telegram.updates.pending and len(await self.accepted()) == len(self.people)

    def counts(self) -> tuple[int, int, int]:
        """How many messages did not come, how many came twice, and how many of those more often than may be."""
        got = Counter(message.chat_id for message in self.telegram.sent())
        due = {person.user_id: 1 + self.asked[person.user_id] for person in self.people}
        lost = sum(max(0, number - got[user]) for user, number in due.items())
        twice = {user: got[user] - number for user, number in due.items() if got[user] > number}
        return lost, sum(twice.values()), sum(max(0, n - self.may_come_twice[user]) for user, n in twice.items())


async def machines(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    telegram = LocalTelegram(clock=SystemClock(), token=TOKEN)
    limits = telegram.limits = Counting(overall_s=extent.rate)
    telegram.faults.next("sendMessage", delay_s=LATENCY_S[0], times=10**9)
    with places() as there, tempfile.TemporaryDirectory(prefix="duebot-machines-") as folder:
        async with there.database("postgresql") as db, serve(telegram) as api:
            wallet = Wallet(db, telegram, int(extent.minutes * 60 * extent.rate * BULK_SHARE * 0.8))
            await wallet.move_in(Path(folder))
            env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1]), "HOME": folder}
            env |= {"DUEBOT_TOKEN": TOKEN, "DUEBOT_TELEGRAM_API": api, "DUEBOT_SEND_RATE": str(extent.rate)}
            env |= {"DUEBOT_DATABASE_URL": db.url.set(drivername="postgresql").render_as_string(hide_password=False)}
            crew = Crew(Path(folder), env)
            began = time.monotonic()
            try:
                await _through(crew, wallet, extent)
            finally:
                await crew.end()
            return [_report(crew, wallet, limits, time.monotonic() - began)]


async def _through(crew: Crew, wallet: Wallet, extent: Extent) -> None:
    for role in CREW:
        await crew.start(role)
    while crew.running_said() < len(CREW):  # noqa: ASYNC110  it is in a file
        await asyncio.sleep(0.2)
    asking = asyncio.create_task(wallet.ask(Random(extent.seed)))
    end = time.monotonic() + extent.minutes * 60
    for kill in cycle((True, False)):
        await asyncio.sleep(CHANGE_EVERY_S)
        if time.monotonic() > end:
            break
        role = await (crew.kill_oldest() if kill else crew.stop_oldest())
        if kill:
            await wallet.note_in_flight()
        await crew.start(role)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    end = time.monotonic() + QUIET_WITHIN_S
    while not await wallet.is_quiet() and time.monotonic() < end:  # noqa: ASYNC110  it is in the database
        await asyncio.sleep(1)


def _report(crew: Crew, wallet: Wallet, limits: Counting, took_s: float) -> Table:
    lost, twice, too_often = wallet.counts()
    rows: list[Sequence[Cell]] = [
        ("processes killed", crew.killed),
        ("processes stopped", crew.stopped),
        ("the slowest stop, s", crew.slowest_stop_s),
        ("reminders and answers that were due", len(wallet.people) + wallet.asked.total()),
        ("lost", lost),
        ("twice", twice),
        ("twice, though they were not in flight at a kill", too_often),
        ("over a limit", limits.passed),
        ("messages a second, from the first start to the end", len(wallet.telegram.sent()) / took_s),
    ]
    holds = lost == too_often == limits.passed == crew.wrong_codes == 0
    return Table("Three senders and two bots, replaced in turn", ("what", "found"), rows, holds=holds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    usual = Extent()
    parser.add_argument("--minutes", type=float, default=usual.minutes)
    parser.add_argument("--rate", type=int, default=usual.rate, help="messages a second of the bot")
    parser.add_argument("--seed", type=int, default=usual.seed)
    found = asyncio.run(machines(Extent(**vars(parser.parse_args()))))
    sys.stdout.write("\n".join(table.text() for table in found) + "\n")
    raise SystemExit(0 if all(table.holds for table in found) else 1)
