"""A forecast equals what then happens: the program's own planning and sending, day by day, if nobody pays."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.channels import Accepted, Envelope, Outcome
from bot.clock import ManualClock
from bot.message import Message
from bot.policies import load_policy
from bot.rules.outlook.forecast import Forecast
from bot.rules.policy.policy import Policy, read_policy
from bot.rules.policy.sending_hours import local_day
from bot.settings import load_settings
from bot.work.outlook.forecast import forecast_days
from bot.work.policy.policies import PolicyBook
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database, insert
from storage.schema import (
    cases,
    customers,
    metadata,
    notice_items,
    notices,
)

CHANNELS = ("telegram", "email", "sms")
TICK = timedelta(hours=8)  # from noon in Taipei on: in each zone one in the hours, and one as they close
POLICY = read_policy(
    """
name = "busy"
grace_days = 3
minimum_amount = { TWD = "30", CNY = "5" }
sending_hours = { from = "09:00", to = "20:00", rest_days = ["sun"] }
max_per_day = 5
max_per_week = 20

[choices]
least = ["due", "after-1"]
more = ["before-5"]
pause_days = 14

[[step]]
id = "before-5"
day = -5
message = "upcoming"
channels = ["sms", "telegram"]

[[step]]
id = "before-3"
day = -3
message = "upcoming"
channels = ["telegram", "email", "sms"]

[[step]]
id = "due"
day = 0
message = "due_today"
channels = ["sms", "telegram"]

[[step]]
id = "after-1"
day = 1
message = "overdue"
channels = ["telegram", "email", "sms"]

[[step]]
id = "after-5"
day = 5
escalate = "overdue"

[segment.trusted]
grace_days = 4

[segment.trusted.choices]
least = ["after-2"]
more = []

[[segment.trusted.step]]
id = "before-1"
day = -1
message = "upcoming"
channels = ["email", "telegram", "sms"]

[[segment.trusted.step]]
id = "after-2"
day = 2
message = "overdue"
channels = ["telegram", "email", "sms"]

[[segment.trusted.step]]
id = "after-6"
day = 6
escalate = "overdue"
""",
    "busy.toml",
)
# Another ladder, under the same hours and minimum.
EARLIER = replace(
    load_policy("strict"), sending_hours=POLICY.sending_hours, minimum_amount=POLICY.minimum_amount, segments={}
)
ZONES = ("Asia/Taipei", "Asia/Taipei", "Europe/London", "Asia/Taipei|Asia/Tokyo")


@dataclass
class Mailbox:
    """The far end of a channel, which takes everything."""

    name: str
    at_once: int | None = None
    taken: int = 0

    async def deliver(self, address: str, message: Message) -> Outcome:
        self.taken += 1
        return Accepted(str(self.taken))

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        return await self.deliver(address, envelope.message)


@dataclass
class Wallet:
    """Rows to be written at once."""

    now: datetime
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def customer(self, customer_id: str, zone: str = "Asia/Taipei", currency: str = "TWD", **more: Any) -> None:
        """Somebody who is linked, unless `linked` says otherwise."""
        linked = more.pop("linked", True)
        blank = {"email": None, "phone": None, "segment": None, "stopped_at": None}
        row = {"customer_id": customer_id, "zone": zone, "language": "en", "facts_at": self.now}
        self.add("customers", **{**blank, **row, **more})
        self.add(
            "accounts",
            account_id=f"A-{customer_id}",
            customer_id=customer_id,
            currency=currency,
            balance=0,
            facts_at=self.now,
        )
        if linked:
            number = len(self.rows.get("links", ())) + 1
            self.add("links", customer_id=customer_id, user_id=number, way="payload", linked_at=self.now)

    def owes(self, customer_id: str, due: date, amount: int = 120_000, status: str = "open") -> str:
        instalment_id = f"I{len(self.rows.get('instalments', ()))}"
        self.add(
            "instalments",
            instalment_id=instalment_id,
            account_id=f"A-{customer_id}",
            due_date=due,
            amount_due=amount,
            status=status,
            facts_at=self.now,
            amount_paid_at=self.now,
        )
        return instalment_id

    async def write(self, db: Database) -> None:
        async with db.write() as conn:
            for table in metadata.sorted_tables:
                if rows := self.rows.get(table.name):
                    await conn.execute(insert(conn, table), rows)


def a_random_wallet(seed: int, now: datetime, earlier: Policy) -> Wallet:
    """Customers of all sorts; some are in the middle of a ladder of an earlier version."""
    chance, wallet, today = random.Random(seed), Wallet(now), local_day("Asia/Taipei", now)
    wishes, order = random.Random(-seed), random.Random(f"order {seed}")
    for number in range(60):
        customer_id = f"C{number}"
        wallet.customer(
            customer_id,
            zone=chance.choice(ZONES),
            currency=chance.choice(("TWD", "CNY")),
            segment=chance.choice((None, None, "trusted", "unheard-of")),
            linked=chance.random() < 0.6,
            email=chance.choice((None, f"c{number}@example.com")),
            phone=chance.choice((None, f"+88690000{number:04}")),
            stopped_at=chance.choice((None,) * 9 + (now,)),
            how_often=wishes.choice((None, None, None, "fewer", "more")),
            channel_order=order.choice((None, None, "sms", "sms,email", "email,telegram", "push,sms,telegram")),
            paused_until=wishes.choice((None,) * 6 + tuple(today + timedelta(days=n) for n in (-2, 0, 3, 6))),
        )
        # Too little; too little each, but not together; or enough.
        amount, times, debts = chance.choice(((400, 1, 1), (1_600, 2, 1), (90_000, 1, 2), (90_000, 1, 4)))
        owed = []
        for _ in range(debts):
            due = today + timedelta(days=chance.randint(-9, 12))
            owed += [(wallet.owes(customer_id, due, amount), due) for _ in range(times)]
        if debts > 1:
            wallet.owes(customer_id, due, 90_000, "disputed")
        if chance.random() < 0.3:
            for instalment_id, due in owed:
                begun = {"instalment_id": instalment_id, "due_date": due, "policy_version": earlier.version}
                wallet.add("ladders", **begun, begun_at=now)
        if chance.random() < 0.25:
            wallet.add(
                "holds",
                customer_id=customer_id,
                instalment_id=chance.choice((None, owed[-1][0])),
                kind=chance.choice(("promise", "hold")),
                set_at=now,
                until=max(today, owed[0][1])
                + timedelta(days=chance.randint(0, 8)),  # with nothing due by then it is over
            )
    return wallet


@dataclass(frozen=True)
class Happened:
    """What there is to count: by day, or by day and name."""

    channels: Counter[Any]
    steps: Counter[Any]
    unreachable: Counter[Any]
    cases: Counter[Any]


async def live(db: Database, book: PolicyBook, clock: ManualClock, days: int, channels: Sequence[str]) -> Happened:
    """Lets the program plan and send through these days, and counts the results by the customers' own days."""
    settings = load_settings(token=SecretStr("123456:TEST-token"))
    sender = Sender(db, book, settings, {name: Mailbox(name) for name in channels}, "test")
    ends = clock.now() + timedelta(days=days)
    while clock.now() < ends:
        await plan(db, book, clock.now(), channels=channels)
        while (await send_due(sender, clock.now(), 1000)).claimed:
            pass
        clock.move(TICK)
    return await counted(db)


async def counted(db: Database) -> Happened:
    channels, steps, unreachable, opened = Counter[Any](), Counter[Any](), Counter[Any](), Counter[Any]()
    async with db.read() as conn:
        zone_of = {row.customer_id: row.zone for row in (await conn.execute(select(customers))).all()}
        # A receipt, such as that of a promise that ended, is no reminder: the forecast does not count them.
        is_reminder = notices.c.kind == "reminder"
        sent = await conn.execute(select(notices).where(notices.c.state == "accepted", is_reminder))
        day_of = {}
        for row in sent.all():
            day_of[row.notice_id] = local_day(zone_of[row.customer_id], row.ended_at)
            channels[day_of[row.notice_id], row.channel] += 1
        told = select(notice_items.c.notice_id, notice_items.c.step_id).distinct()
        for row in (await conn.execute(told)).all():
            if row.notice_id in day_of:
                steps[day_of[row.notice_id], row.step_id] += 1
        missed = select(notices.c.local_day, func.count(notices.c.customer_id.distinct()).label("n"))
        for row in (
            await conn.execute(missed.where(notices.c.reason == "no_channel", is_reminder).group_by("local_day"))
        ).all():
            unreachable[row.local_day] += row.n
        for row in (await conn.execute(select(cases.c.customer_id, cases.c.opened_at))).all():
            opened[local_day(zone_of[row.customer_id], row.opened_at)] += 1
    return Happened(channels, steps, unreachable, opened)


def within(happened: Counter[Any], foretold: Forecast) -> dict[Any, int]:
    """What happened on the days of the forecast."""
    days = {day.day for day in foretold.days}
    return {key: n for key, n in sorted(happened.items()) if (key[0] if isinstance(key, tuple) else key) in days}


def by(foretold: Forecast, name: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for day in foretold.days:
        value = getattr(day, name)
        if isinstance(value, int):
            found |= {day.day: value} if value else {}
        else:
            found |= {(day.day, key): n for key, n in value.items()}
    return dict(sorted(found.items()))


@pytest.mark.postgresql_one_in(2)
@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_forecast_is_what_happens(db: Database, clock: ManualClock, seed: int) -> None:
    book = PolicyBook(POLICY, (EARLIER,))
    await a_random_wallet(seed, clock.now(), EARLIER).write(db)
    foretold = await forecast_days(db, book, CHANNELS, 30, 10, clock.now())
    happened = await live(db, book, clock, 11, CHANNELS)
    assert sum(day.messages for day in foretold.days) > 60
    assert by(foretold, "by_channel") == within(happened.channels, foretold)
    assert by(foretold, "by_step") == within(happened.steps, foretold)
    assert by(foretold, "unreachable") == within(happened.unreachable, foretold)
    assert by(foretold, "cases") == within(happened.cases, foretold)


async def test_the_weekly_cap_is_foretold(sqlite_db: Database, clock: ManualClock) -> None:
    wallet, book = Wallet(clock.now()), PolicyBook(load_policy("humane"))
    today = local_day("Asia/Taipei", clock.now())
    for number in range(8):
        wallet.customer(f"C{number}")
        wallet.owes(f"C{number}", today + timedelta(days=number - 3))
    await wallet.write(sqlite_db)
    foretold = await forecast_days(sqlite_db, book, CHANNELS, 30, 10, clock.now())
    happened = await live(sqlite_db, book, clock, 11, CHANNELS)
    assert by(foretold, "by_step") == within(happened.steps, foretold)


async def test_what_was_sent_is_not_foretold_again(sqlite_db: Database, clock: ManualClock) -> None:
    wallet, book = Wallet(clock.now()), PolicyBook(load_policy("humane"))
    wallet.customer("C1")
    wallet.owes("C1", local_day("Asia/Taipei", clock.now()))
    await wallet.write(sqlite_db)
    await live(sqlite_db, book, clock, 1, CHANNELS)
    now = clock.now() - timedelta(days=1)
    foretold = await forecast_days(sqlite_db, book, CHANNELS, 30, 5, now)
    assert [day.by_step for day in foretold.days] == [{}, {"after-1": 1}, {}, {"after-3": 1}, {}]


async def test_a_forecast_is_the_same_once_it_is_planned(db: Database, clock: ManualClock) -> None:
    book = PolicyBook(POLICY, (EARLIER,))
    await a_random_wallet(3, clock.now(), EARLIER).write(db)
    before = await forecast_days(db, book, CHANNELS, 30, 20, clock.now())
    await plan(db, book, clock.now(), channels=CHANNELS)
    after = await forecast_days(db, book, CHANNELS, 30, 20, clock.now())
    assert by(after, "by_channel") == by(before, "by_channel")


async def test_nothing_is_written(sqlite_db: Database, clock: ManualClock) -> None:
    await a_random_wallet(4, clock.now(), POLICY).write(sqlite_db)
    before = await everything(sqlite_db)
    await forecast_days(sqlite_db, PolicyBook(POLICY), CHANNELS, 30, 30, clock.now())
    assert await everything(sqlite_db) == before


async def test_the_day_that_does_not_fit_is_said_before_it_comes(sqlite_db: Database, clock: ManualClock) -> None:
    wallet, book = Wallet(clock.now()), PolicyBook(POLICY)
    today = local_day("Asia/Taipei", clock.now())
    for number in range(500):
        wallet.customer(f"C{number}")
        wallet.owes(f"C{number}", today + timedelta(days=5))
    await wallet.write(sqlite_db)
    foretold = await forecast_days(sqlite_db, book, CHANNELS, 0.0125, 10, clock.now())  # 420 in eleven hours
    late = foretold.first_day_that_does_not_fit
    assert late is not None
    assert (late.day, late.messages) == (today + timedelta(days=2), 500)
    assert foretold.as_json()["first_day_that_does_not_fit"] == late.day.isoformat()


async def test_an_empty_wallet_has_nothing_to_send(db: Database, clock: ManualClock) -> None:
    foretold = await forecast_days(db, PolicyBook(POLICY), CHANNELS, 30, 3, clock.now())
    assert [(day.messages, day.cases, day.fits) for day in foretold.days] == [(0, 0, True)] * 3


async def everything(db: Database) -> list[Any]:
    async with db.read() as conn:
        return [row for t in metadata.sorted_tables for row in (await conn.execute(select(t))).all()]
