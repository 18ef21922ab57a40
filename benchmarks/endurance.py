"""Endurance: the real program runs through several days of a wallet, is killed again and again, and everything that can
fail fails. Then checks from outside look for customers who were lost, told twice, or written to at the wrong time.

`make bench NAME=endurance` runs it for 1,000 made-up customers on SQLite; `python -m benchmarks.endurance --help` shows
how to run it for more. It measures no speed. `duebot import` imports a wallet, whose customers are linked. A third of
them block the bot at random, an SMTP server refuses a tenth of the addresses, and every Bot API method fails in every
way. The days pass in stages: in each, the program is started and killed at random times, and then runs until nothing is
due. Between two starts the run moves the program's clock; the sending rate uses real seconds. Ctrl-C ends a run after
the current stage, with the findings so far.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time as real_time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, or_, select

from benchmarks import wallet
from benchmarks.endurance_checks import (
    Check,
    blocked_are_left_alone,
    doubles,
    every_step_has_a_notice,
    hours_and_caps,
    nothing_after_payment,
    notices_end,
    pace,
)
from benchmarks.endurance_clock import SharedClock
from benchmarks.endurance_evidence import gather
from benchmarks.endurance_far_end import KINDS, TOKEN, FarMail, FarTelegram
from benchmarks.endurance_people import AGENT_CHAT, BOB, MEI, Crowd
from benchmarks.endurance_program import Program
from benchmarks.places import KINDS as DATABASES
from benchmarks.places import places
from benchmarks.report import Cell, Table
from bot.rules.guarantee.states import STATES
from bot.sandbox import serve
from storage.runtime.engine import Database
from storage.runtime.heartbeats import last_beat
from storage.schema import notices, updates

ZONES = (*wallet.ZONES, *wallet.ZONES, "Europe/London", "America/New_York", "America/Los_Angeles")
STAGES = (  # of each day, in UTC; at the fifth, evening comes to Taipei
    *(time(1, 5), time(3, 30), time(6), time(9, 10), time(11, 59, 35), time(14, 30), time(18), time(21, 40)),
)
EVENING = STAGES[4]
EVENING_LASTS_S = 32  # until it is past eight in Taipei
LEAST_KILLS = 50
GAPS_S = (0, 0, 2, 10, 45, 400)  # between two lives, on the shared clock
QUIET_WITHIN_S = 90.0  # beside the time that sending takes
SLOWEST_RATE = 6.0  # messages a second that leave in spite of all


@dataclass(frozen=True, slots=True)
class Extent:
    """What to run. `files` is a folder of import files in place of the made-up wallet, laid around 2026-03-02."""

    customers: int = 1000
    days: int = 3
    kills: int = 2  # at random instants of each stage
    rate: int = 30
    database: str = "sqlite"
    files: Path | None = None
    seed: int = 20260302
    keep: Path | None = None  # a folder to work in that stays


async def endurance(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    async with AsyncExitStack() as stack:
        there = stack.enter_context(places())
        folder = extent.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="duebot-endurance-")))
        folder.mkdir(parents=True, exist_ok=True)
        address = f"sqlite:///{folder / 'duebot.db'}"
        if extent.database != "sqlite":
            address = await there.address(extent.database)
        run = _Run(extent, folder, address)
        return await run.through(stack)


class _Run:
    def __init__(self, extent: Extent, folder: Path, address: str) -> None:
        self.extent, self.folder, self.address = extent, folder, address
        self.chance = Random(extent.seed)
        clock_file = folder / "clock"
        self.clock = SharedClock(clock_file)
        self.program = Program(folder, self.clock, clock_file)
        self.telegram = FarTelegram(self.clock, Random(extent.seed + 1), lambda: self.program.number)
        self.mail = FarMail(self.clock, Random(extent.seed + 2), lambda: self.program.number)
        self.db = Database(address)
        self.began_s = real_time.monotonic()
        self.audits: list[Check] = []
        self.enough = asyncio.Event()

    async def through(self, stack: AsyncExitStack) -> list[Table]:
        stack.push_async_callback(self.db.close)
        stack.push_async_callback(self._end)
        api = await stack.enter_async_context(serve(self.telegram))
        await stack.enter_async_context(self.mail.serve())
        self.program.env |= {
            "DUEBOT_TOKEN": TOKEN,
            "DUEBOT_TELEGRAM_API": api,
            "DUEBOT_DATABASE_URL": self.address,
            "DUEBOT_AGENT_CHAT": str(AGENT_CHAT),
            "DUEBOT_LISTEN": "127.0.0.1:0",
            "DUEBOT_SEND_RATE": str(self.extent.rate),
            "DUEBOT_SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}?from=notices@wallet.example",
        }
        self._say(f"on {self.extent.database}, in {self.folder}")
        stages = self._stages()
        await self._settle_in(stages)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self.enough.set)
        for number, at in enumerate(stages):
            last = number == len(stages) - 1 or self.enough.is_set()
            await self._stage(number, at, last=last)
            if last:
                return await self._report(stages[: number + 1])
        raise AssertionError("a run has stages")

    async def _end(self) -> None:
        if self.program.alive:
            await self.program.kill()
        self.clock.close()

    def _stages(self) -> list[datetime]:
        days = [wallet.TODAY + timedelta(days=n) for n in range(self.extent.days)]
        return [datetime.combine(day, at, UTC) for day in days for at in STAGES]

    async def _settle_in(self, stages: list[datetime]) -> None:
        """Imports the wallet, makes the agents known, links the customers."""
        self.clock.move_to(stages[0] - timedelta(minutes=30))
        files = self.extent.files
        if files is None:
            files = self.folder / "wallet"
            files.mkdir(exist_ok=True)
            wallet.write_wallet(files, self.extent.customers, zones=ZONES)
        await self.program.command("migrate")
        code, imported = await self.program.ask("import", str(files))
        assert code == 0, imported
        for user_id, name, role in ((MEI, "Mei", "agent"), (BOB, "Bob", "supervisor")):
            await self.program.command("agent", "add", str(user_id), "--name", name, "--role", role)
        self.crowd = Crowd(self.telegram, self.db, self.folder, self.chance, len(stages))
        await self.crowd.arrive()
        self._say(f"imported {imported['customers']}, {len(self.crowd.people):,} of them linked")

    # --- One stage ----------------------------------------------------------------------------------------------------

    async def _stage(self, number: int, at: datetime, *, last: bool) -> None:
        self.clock.move_to(max(at, self.clock.now()))
        began_s, sent = real_time.monotonic(), len(self.telegram.sent()) + len(self.mail.mails)
        if at.time() == EVENING:
            await self._evening_comes(at)
        doing = asyncio.create_task(self._doings(number))
        for _ in range(self.extent.kills):
            await self._life_to_be_killed()
            self._time_passes(self.chance.choice(GAPS_S))
        self._time_passes(45)
        await self.program.start()
        await doing
        quiet = await self._until_quiet()
        _, audit = await self.program.ask("audit")
        self.audits.append(Check.none(f"silent at {at:%d %H:%M}", audit["silent_customers"]))
        sent = len(self.telegram.sent()) + len(self.mail.mails) - sent
        self._say(
            f"{at:%a %d %H:%M} {sent:>6,} messages in {real_time.monotonic() - began_s:4.0f} s, life "
            f"{self.program.number}, "
            + ", ".join(f"{state} {audit[state]:,}" for state in STATES)
            + ("" if quiet else "; NOT QUIET")
        )
        if not last:
            await self.program.kill()

    async def _evening_comes(self, at: datetime) -> None:
        """A program that begins shortly before the sending hours end, and has more to send than it can."""
        bills = await self.crowd.late_bills(min(300, self.extent.customers // 4), at.date())
        code, _ = await self.program.command("import", str(bills))
        assert code == 0, bills
        self.clock.move_to(at)
        await self.program.start()
        await asyncio.sleep(EVENING_LASTS_S)
        await self.program.kill()

    async def _life_to_be_killed(self) -> None:
        await self.program.start()
        if self.chance.random() < 0.25:
            await asyncio.sleep(self.chance.uniform(0.1, 4.0))  # while it begins
        else:
            await self.program.running()
            await asyncio.sleep(self.chance.uniform(0.0, 4.0))
        await self.program.kill()

    def _time_passes(self, seconds: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(seconds=seconds))

    async def _doings(self, number: int) -> None:
        """What people do meanwhile, and what the wallet says."""
        doings = self.crowd.doings(number)
        within_s = 10.0
        self.crowd.agent_works()
        half = len(doings) // 2
        await self._do(doings[:half], within_s)
        path, paid = await self.crowd.pay()
        code, _ = await self.program.command("import", str(path))
        assert code == 0, path
        for payment in paid:
            payment.known_at = self.clock.now()
        await self._do(doings[half:], within_s)

    async def _do(self, doings: list[str], within_s: float) -> None:
        for what in doings:
            self.crowd.do(what)
            await asyncio.sleep(self.chance.uniform(0.0, 2.0) * within_s / 2 / len(doings))

    async def _until_quiet(self) -> bool:
        """Until the present life has planned, and nothing is due or claimed, and nobody waits for an answer."""
        began_at = self.program.lives[-1].began_at
        ends_s = real_time.monotonic() + QUIET_WITHIN_S
        while real_time.monotonic() < ends_s:
            await asyncio.sleep(0.5)
            due, planned = await self._due(began_at)
            if not due and planned:
                return True
            ends_s = max(ends_s, min(real_time.monotonic() + 30 + due / SLOWEST_RATE, ends_s + 1))
        return False

    async def _due(self, began_at: datetime) -> tuple[int, bool]:
        now = self.clock.now()
        n = notices.c
        waits = (n.state == "planned") & (n.send_after <= now) & (n.expires_at > now)
        async with self.db.read() as conn:
            due = await conn.scalar(select(func.count()).where(or_(n.state == "claimed", waits)))
            asked = await conn.scalar(select(func.count()).where(updates.c.state == "waiting"))
            guarded = await last_beat(conn, "guard")
        return int(due or 0) + int(asked or 0), guarded is not None and guarded > began_at

    # --- The end ------------------------------------------------------------------------------------------------------

    async def _report(self, stages: list[datetime]) -> list[Table]:
        """Looks at what was left behind, once all that was put back for later came to its end too."""
        self.telegram.faults.on = self.mail.on = False
        code, took_s = await self.program.stop()
        checks = [Check("SIGTERM: exit code and seconds", "0, < 10", f"{code}, {took_s:.1f}", not code and took_s < 10)]
        _, audit = await self.program.ask("audit")
        checks.append(Check.none("silent at the end, of " + f"{audit['overdue']:,} overdue", audit["silent_customers"]))
        first, last = stages[0].date(), stages[-1].date()
        _, past = await self.program.ask("audit", "--from", str(first), "--to", str(last))
        days = past["customer_days"]
        checks.append(Check.none(f"silent customer-days, of {days['overdue']:,}", past["holes"]))
        bad = [check.what for check in self.audits if not check.holds]
        checks.append(Check.none(f"stages with somebody silent, of {len(self.audits)}", bad))
        evidence = await gather(self.db, self.telegram, self.mail)
        paid = {id_: p.known_at for p in self.crowd.payments for id_ in p.instalment_ids}
        checks += notices_end(evidence, self.clock.now())
        if (last - first).days > 1:  # those in the middle were lived from beginning to end, wherever one is
            checks.append(every_step_has_a_notice(evidence, paid, first + timedelta(days=1), last - timedelta(days=1)))
        checks += doubles(evidence, self.program.lives)
        checks += hours_and_caps(evidence)
        checks += nothing_after_payment(evidence, self.crowd.payments)
        checks.append(blocked_are_left_alone(evidence, self.crowd.unblocked))
        checks += pace(self.telegram.arrivals, self.extent.rate)
        unheard = [p.user_id for p in self.crowd.strangers if not p.inbox]
        checks.append(Check.none(f"strangers without an answer, of {len(self.crowd.strangers)}", unheard))
        kills = self.extent.kills * len(stages) + sum(at.time() == EVENING for at in stages)
        checks.append(Check.at_least("kills at a random instant", min(LEAST_KILLS, kills), kills))
        tracebacks = self.program.printed().count("Traceback (most recent call last)")
        checks.append(Check.none("tracebacks in what it printed", range(tracebacks)))
        table = Table(
            "endurance",
            ("what", "expected", "found", "holds"),
            [(c.what, c.expected, c.found, "yes" if c.holds else "NO") for c in checks],
            self._summary(evidence.notices.values()),
            holds=all(check.holds for check in checks),
        )
        return [table, self._faults()]

    def _summary(self, rows: object) -> str:
        states = Counter((row.state, row.reason or "") for row in rows)  # type: ignore[attr-defined]
        told = ", ".join(f"{n:,} {state} {reason}".strip() for (state, reason), n in states.most_common())
        alarms = Counter(m.text.splitlines()[0] for m in self.telegram.people[BOB].inbox)
        return (
            f"{len(self.program.lives)} lives in {real_time.monotonic() - self.began_s:.0f} s; "
            f"{len(self.telegram.sent()):,} Telegram messages, {len(self.mail.mails):,} mails "
            f"({self.mail.refused:,} refused, {self.mail.failed:,} failed). Notices: {told}. "
            f"Supervisors heard: {dict(alarms)}."
        )

    def _faults(self) -> Table:
        faults = self.telegram.faults
        rows: list[tuple[Cell, ...]] = [
            (method, calls, *(faults.injected[method, kind] for kind in KINDS))
            for method, calls in sorted(faults.calls.items())
        ]
        return Table("endurance: calls, and those of them that were made to fail", ("method", "calls", *KINDS), rows)

    def _say(self, line: str) -> None:
        sys.stderr.write(f"{real_time.monotonic() - self.began_s:6.0f} s  {line}\n")
        sys.stderr.flush()


def main() -> None:
    default = Extent()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--customers", type=int, default=default.customers, help="of the made-up wallet")
    parser.add_argument("--files", type=Path, help="import files of a wallet laid around 2026-03-02, instead of one")
    parser.add_argument("--days", type=int, default=default.days)
    parser.add_argument("--kills", type=int, default=default.kills, help="at each of the eight stages of a day")
    parser.add_argument("--rate", type=int, default=default.rate, help="DUEBOT_SEND_RATE, up to 30")
    parser.add_argument("--database", choices=DATABASES, default=default.database)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--keep", type=Path, help="a new folder for the database and all files, which stays")
    given = parser.parse_args()
    tables = asyncio.run(endurance(Extent(**vars(given))))
    sys.stdout.write("\n".join(table.text() for table in tables))
    raise SystemExit(0 if all(table.holds for table in tables) else 1)


if __name__ == "__main__":
    main()
