"""The people of an endurance run, who act while the program is being killed: a third of the customers block the bot,
some unblock it, some pay, strangers and customers write, and an agent works in the group."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from pathlib import Path
from random import Random

from sqlalchemy import insert, select

from benchmarks.endurance_far_end import FarTelegram
from bot.rules.facts.money import Money
from bot.sandbox import Group, Person
from storage.runtime.engine import Database
from storage.schema import accounts, customers, instalments, links

AGENT_CHAT = -1001234567890
MEI, BOB = 7_000_001, 7_000_002  # an agent, and a supervisor
STRANGERS_FROM = 8_000_001
LINKED = 8  # all but one in so many
UNBLOCKING = 10  # one in so many who blocked the bot lets it in again
PAYING_SHARE = 0.01  # of all customers, at each stage
WRITING_SHARE = 0.005
LATE_AMOUNT = "1200.00"


@dataclass(frozen=True, slots=True)
class Owed:
    """An instalment as the wallet has it."""

    customer_id: str
    instalment_id: str
    account_id: str
    due_date: date
    outstanding: Money


@dataclass(slots=True)
class Payment:
    """A customer paid all that they owed; the program was told by `known_at` at the latest."""

    customer_id: str
    instalment_ids: frozenset[str]
    known_at: datetime | None = None


@dataclass
class Crowd:
    """`people` are the linked customers by their id."""

    telegram: FarTelegram
    db: Database
    folder: Path  # for the wallet's files
    chance: Random
    stages: int  # how many there will be
    people: dict[str, Person] = field(default_factory=dict)
    all_ids: Sequence[str] = ()
    payments: list[Payment] = field(default_factory=list)
    late: dict[str, str] = field(default_factory=dict)  # instalments that came on the day: whose
    strangers: list[Person] = field(default_factory=list)
    unblocked: set[str] = field(default_factory=set)  # those who let the bot in again
    _blocking: dict[int, list[str]] = field(default_factory=dict)
    _unblocking: dict[int, list[str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def arrive(self) -> None:
        """Links the customers of the wallet, and decides who will block the bot, and when."""
        mei, bob = self.telegram.person(MEI, "Mei"), self.telegram.person(BOB, "Bob")
        mei.started = bob.started = True
        self.group: Group = self.telegram.forum(AGENT_CHAT, "Agents", members=[mei, bob])
        self.mei, self.bob = mei, bob
        async with self.db.read() as conn:
            rows = await conn.execute(select(customers.c.customer_id).order_by(customers.c.customer_id))
            self.all_ids = list(rows.scalars())
        linked = [(n, id_) for n, id_ in enumerate(self.all_ids, 1) if n % LINKED]
        for n, id_ in linked:
            self.people[id_] = self.telegram.person(n, f"P{n}", on_page=False)
            self.people[id_].started = True
        now = self.telegram.clock.now()
        rows_of_links = [{"customer_id": i, "user_id": n, "way": "payload", "linked_at": now} for n, i in linked]
        async with self.db.write() as conn:
            await conn.execute(insert(links), rows_of_links)
        for id_ in self.chance.sample(sorted(self.people), len(self.all_ids) // 3):
            at = self.chance.randrange(self.stages)
            self._blocking.setdefault(at, []).append(id_)
            if self.chance.randrange(UNBLOCKING) == 0 and at + 1 < self.stages:
                self._unblocking.setdefault(self.chance.randrange(at + 1, self.stages), []).append(id_)

    # --- What they do at a stage --------------------------------------------------------------------------------------

    def doings(self, stage: int) -> list[str]:
        """Who does something on the phone at this stage, in a random order: `verb customer`."""
        writing = self.chance.sample(sorted(self.people), max(1, int(len(self.people) * WRITING_SHARE)))
        what = [f"block {id_}" for id_ in self._blocking.get(stage, ())]
        what += [f"unblock {id_}" for id_ in self._unblocking.get(stage, ())]
        what += [f"write {id_}" for id_ in writing]
        what += ["stranger -"] * max(1, len(writing) // 2)
        self.chance.shuffle(what)
        return what

    def do(self, what: str) -> None:
        verb, _, id_ = what.partition(" ")
        if verb == "stranger":
            person = self.telegram.person(STRANGERS_FROM + len(self.strangers), "S", on_page=False)
            self.strangers.append(person)
            person.say("/start")
        elif verb == "block":
            if self.chance.random() < 0.5:
                self.people[id_].block()
            else:  # the bot finds out only when it writes
                self.people[id_].blocked = True
        elif verb == "unblock":
            self.people[id_].unblock()
            self.unblocked.add(id_)
        elif not self.people[id_].blocked:
            person = self.people[id_]
            pressable = [m for m in person.inbox if m.rows]
            if pressable and self.chance.random() < 0.5:
                person.press_data("due", pressable[-1])
            else:
                person.say("/due")

    def agent_works(self) -> None:
        """Mei ends what she has, and takes up another case with a picture."""
        for topic in [t for t in self.group.topics if not t.closed and not t.deleted][-3:]:
            with suppress(AssertionError):  # the topic was closed meanwhile
                self.mei.say_in(self.group, "/take", topic=topic.thread_id)
                self.mei.say_in(self.group, "We can find a way together.", topic=topic.thread_id)
                self.mei.send_photo_in(self.group, b"a picture", topic=topic.thread_id)
        for topic in [t for t in self.group.topics if not t.closed and not t.deleted][:2]:
            with suppress(AssertionError):
                self.mei.say_in(self.group, "/done other", topic=topic.thread_id)

    # --- What the wallet hears ----------------------------------------------------------------------------------------

    async def owed(self) -> list[Owed]:
        """All unsettled instalments, a few at a time: the local Telegram runs in the same loop, and while it is
        blocked, arrival times would be wrong."""
        query = (
            select(accounts.c.customer_id, accounts.c.currency, instalments)
            .join(accounts, accounts.c.account_id == instalments.c.account_id)
            .where(instalments.c.outstanding > 0)
            .order_by(instalments.c.instalment_id)
        )
        async with self.db.read() as conn:
            return [
                Owed(r.customer_id, r.instalment_id, r.account_id, r.due_date, Money(r.outstanding, r.currency))
                async for some in (await conn.stream(query)).partitions(500)
                for r in some
            ]

    async def pay(self) -> tuple[Path, list[Payment]]:
        """Some pay all that they owe: the wallet's file about it, and who they are."""
        by_customer: dict[str, list[Owed]] = {}
        for debt in await self.owed():
            by_customer.setdefault(debt.customer_id, []).append(debt)
        paying = self.chance.sample(
            sorted(by_customer), min(len(by_customer), max(1, int(len(self.all_ids) * PAYING_SHARE)))
        )
        today = self.telegram.clock.now().date()
        rows = [
            (f"E{next(self._numbers)}", debt.instalment_id, today, f"{debt.outstanding.to_decimal():f}")
            for id_ in paying
            for debt in by_customer[id_]
        ]
        path = self._write("payment_id instalment_id paid_on amount", rows)
        paid = [Payment(id_, frozenset(d.instalment_id for d in by_customer[id_])) for id_ in paying]
        self.payments += paid
        return path, paid

    async def late_bills(self, number: int, due: date) -> Path:
        """Bills that the wallet speaks of only on the day they are due, of customers who are where it is that day."""
        query = (
            select(accounts.c.account_id, accounts.c.customer_id)
            .join(customers, customers.c.customer_id == accounts.c.customer_id)
            .where(customers.c.time_zone.in_(("Asia/Taipei", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore")))
            .order_by(accounts.c.account_id)
        )
        async with self.db.read() as conn:
            found = (await conn.execute(query)).all()
        chosen = self.chance.sample(found, min(number, len(found)))
        rows = []
        for row in chosen:
            bill = f"L{next(self._numbers)}"
            self.late[bill] = row.customer_id
            rows.append((bill, row.account_id, due, LATE_AMOUNT))
        return self._write("instalment_id account_id due_date amount_due", rows)

    def _write(self, header: str, rows: Iterable[Sequence[object]]) -> Path:
        path = self.folder / f"{header.partition(' ')[0]}-{next(self._numbers)}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header.split())
            writer.writerows(rows)
        return path
