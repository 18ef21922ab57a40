"""Random databases with everything that the set statements read, for tests that compare each of them with its rule in
plain Python: `a_world` fills one, `People` describes its contents."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.rules.channels import BY_NAME, CUSTOMER_ID, LINK
from bot.rules.policy.policy import Policy, read_policy
from bot.rules.policy.sending_hours import local_day
from storage.runtime.engine import Database
from storage.schema import (
    accounts,
    cases,
    contacts,
    customers,
    dead_channels,
    holds,
    instalments,
    ladders,
    links,
    notice_items,
    notices,
    payments,
)

ZONES = ("Asia/Taipei", "Asia/Taipei", "Europe/London", "America/Los_Angeles", "Asia/Taipei|Asia/Tokyo")
CHANNELS = ("telegram", "email", "push")
POLICY = read_policy(
    """
name = "random"
grace_days = 3
minimum_amount = { TWD = "30", CNY = "5" }
sending_hours = { from = "09:00", to = "20:00", rest_days = ["sun"] }

[[step]]
id = "before-3"
day = -3
message = "upcoming"
channels = ["telegram", "email"]

[[step]]
id = "due"
day = 0
message = "due_today"
channels = ["sms"]

[[step]]
id = "after-1"
day = 1
message = "overdue"
channels = ["email", "sms"]

[[step]]
id = "after-2"
day = 2
message = "overdue"

[[step]]
id = "after-5"
day = 5
escalate = "overdue"

[choices]
least = ["due"]
more = ["after-2"]

[segment.trusted]
choices = { least = ["after-2"], more = [] }
grace_days = 5

[[segment.trusted.step]]
id = "before-1"
day = -1
message = "upcoming"

[[segment.trusted.step]]
id = "after-2"
day = 2
message = "overdue"
channels = ["push", "telegram"]
""",
    "random.toml",
)
EARLIER = read_policy(
    """
name = "earlier"
grace_days = 3
minimum_amount = { TWD = "20" }
sending_hours = { from = "09:00", to = "20:00", rest_days = ["sun"] }

[[step]]
id = "after-1"
day = 1
message = "overdue"
channels = ["telegram", "email", "sms"]

[[step]]
id = "later-2"
day = 2
message = "overdue"
channels = ["telegram"]

[[step]]
id = "after-9"
day = 9
escalate = "overdue"
""",
    "earlier.toml",
)
REASONS = (
    *("no_channel", "on_hold", "paid", "stopped", "due_date_moved", "blocked", "clock_back"),
    *("below_minimum", "day_cap", "hours_ended", "in_doubt", "program_error"),
)
TABLES = {
    table.name: table
    for table in (
        *(customers, links, dead_channels, accounts, instalments, payments, holds),
        *(notices, notice_items, ladders, cases, contacts),
    )
}
LONG_SINCE = 10**6  # PostgreSQL numbers what is new from 1
Row = dict[str, Any]


@dataclass
class World:
    """Rows by table, as they are to be written or were read."""

    now: datetime
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    _by: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict)  # rows of a table by a column

    def of(self, table: str, **which: Any) -> list[Row]:
        """The rows with these values, which are not to change once they have been asked for."""
        (first, value), *others = which.items()
        found = self._by_column(table, first).get(value, ())
        return [row for row in found if all(row.get(name) == other for name, other in others)]

    def _by_column(self, table: str, column: str) -> dict[Any, list[Row]]:
        if (known := self._by.get((table, column))) is None:
            known = self._by[table, column] = {}
            for row in self.rows[table]:
                known.setdefault(row.get(column), []).append(row)
        return known

    def today(self, customer: Row) -> date:
        return local_day(customer["zone"], self.now)

    def debts(self, customer: Row) -> Iterator[Row]:
        """What the customer has not settled, with its currency, what is left of it, and whether anything holds it."""
        theirs = {a["account_id"]: a["currency"] for a in self.of("accounts", customer_id=customer["customer_id"])}
        for row in self.instalments(customer["customer_id"]):
            if left := 0 if row["status"] in ("paid", "waived") else max(0, row["amount_due"] - row["paid"]):
                held = row["status"] == "disputed" or self._is_held(customer, row["instalment_id"])
                yield {**row, "currency": theirs[row["account_id"]], "left": left, "held": held}

    def instalments(self, customer_id: str) -> list[Row]:
        """All of the customer's, settled or not."""
        theirs = self.of("accounts", customer_id=customer_id)
        return [row for account in theirs for row in self.of("instalments", account_id=account["account_id"])]

    def _is_held(self, customer: Row, instalment_id: str) -> bool:
        stand = self.of("holds", customer_id=customer["customer_id"], ended_at=None)
        return any(hold["instalment_id"] in (None, instalment_id) for hold in stand)

    def reached_by(self, customer: Row) -> set[str]:
        """The channels that are set up and reach this customer."""
        customer_id = customer["customer_id"]
        dead = {row["channel"] for row in self.of("dead_channels", customer_id=customer_id)}
        linked = bool(self.of("links", customer_id=customer_id, ended_at=None))
        has = {LINK: linked, CUSTOMER_ID: True, **{c: customer.get(c) is not None for c in ("email", "phone")}}
        return {channel for channel in CHANNELS if has[BY_NAME[channel].address] and channel not in dead}


async def read(db: Database, now: datetime) -> World:
    """All that is in the database."""
    world = World(now)
    async with db.read() as conn:
        for name, table in TABLES.items():
            world.rows[name] = [dict(row._mapping) for row in (await conn.execute(select(table))).all()]
    return world


async def write(db: Database, world: World) -> None:
    async with db.write() as conn:
        for name, table in TABLES.items():
            alike: dict[tuple[str, ...], list[Row]] = {}
            for row in world.rows[name]:
                alike.setdefault(tuple(row), []).append(row)
            for rows in alike.values():
                await conn.execute(insert(table), rows)


def segment_of(customer: Row, policy: Policy = POLICY) -> str | None:
    return customer["segment"] if customer["segment"] in policy.segments else None


def a_world(seed: int, now: datetime, count: int = 120) -> World:
    """So many customers with all that may be known of them."""
    chance = random.Random(seed)
    world = World(now)
    for number in range(1, count + 1):
        _somebody(world, chance, number)
    return world


def _wishes(chance: random.Random, now: datetime) -> Row:
    """From numbers of its own, so that the others stay as they were."""
    return {
        "how_often": chance.choice((None, None, None, "fewer", "more")),
        "paused_until": _maybe(chance, 0.1, now.date() + timedelta(days=chance.choice((-2, 0, 1, 5)))),
        "remind_hour": _maybe(chance, 0.2, chance.choice((3, 12, 19))),
    }


def _somebody(world: World, chance: random.Random, number: int) -> None:
    who, now = f"C{number}", world.now
    customer: Row = {
        "customer_id": who,
        "zone": chance.choice(ZONES),
        "segment": chance.choice((None, None, "trusted", "unheard_of")),
        "email": _maybe(chance, 0.4, f"{who}@example.com"),
        "phone": _maybe(chance, 0.4, f"+88691234{number:04}"),
        "facts_at": now - timedelta(days=9),
        "seen_at": _maybe(chance, 0.5, _past(chance, now)),
        "stopped_at": _maybe(chance, 0.1, _past(chance, now)),
        "forgotten_at": _maybe(chance, 0.05, _past(chance, now)),
        **_wishes(random.Random(f"{number} {now}"), now),
    }
    world.rows["customers"].append(customer)
    if chance.random() < 0.7:
        ended = _maybe(chance, 0.2, now)
        link = {"customer_id": who, "user_id": number, "way": "payload", "linked_at": now - timedelta(days=99)}
        world.rows["links"].append({**link, "ended_at": ended})
    for channel in ("telegram", "email", "push", "sms"):
        if chance.random() < 0.3:
            dead = {"customer_id": who, "channel": channel, "since": now, "reason": "blocked"}
            world.rows["dead_channels"].append(dead)
    if chance.random() < 0.15:
        world.rows["cases"].append(_case(chance, who, now))
    debts = [_debt(world, chance, who, nth) for nth in range(chance.choice((0, 1, 1, 2, 3)))]
    for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
        world.rows["holds"].append(_hold(chance, who, debts, now))
    for nth in range(chance.choice((0, 0, 1, 1, 2))):
        _notice(world, chance, customer, debts, may_wait=nth == 0)
    for _ in range(chance.choice((0, 0, 1, 2))):
        world.rows["contacts"].append(_contact(chance, who, now))


def _debt(world: World, chance: random.Random, who: str, nth: int) -> Row:
    now = world.now
    account = {"account_id": f"A-{who}-{nth}", "customer_id": who, "balance": 0, "facts_at": now}
    world.rows["accounts"].append({**account, "currency": chance.choice(("TWD", "TWD", "CNY", "USD"))})
    amount = chance.choice((1, 499, 500, 1500, 1999, 2000, 2999, 3000, 120_000, 120_000, 120_000))
    debt: Row = {
        "instalment_id": f"I-{who}-{nth}",
        "account_id": account["account_id"],
        "due_date": now.date() + timedelta(days=chance.choice((-40, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3))),
        "amount_due": amount,
        "paid": chance.choice((0, 0, 0, amount // 2, amount, amount + 5)),
        "status": chance.choice(("open", "open", "open", "open", "disputed", "waived", "paid")),
        "facts_at": now,
        "amount_paid_at": now,
    }
    world.rows["instalments"].append(debt)
    for part in range(chance.choice((0, 0, 0, 1, 2))):
        world.rows["payments"].append(
            {
                "payment_id": f"P-{who}-{nth}-{part}",
                "instalment_id": debt["instalment_id"],
                "paid_on": now.date(),
                "amount": chance.choice((-3, 1, 5)),
                "in_amount_paid": True,
                "facts_at": _past(chance, now),
            }
        )
    if chance.random() < 0.3:
        version = chance.choice((POLICY.version, EARLIER.version, "a version of long ago"))
        due = debt["due_date"] - timedelta(days=chance.choice((0, 0, 0, 1)))
        row = {"instalment_id": debt["instalment_id"], "due_date": due, "policy_version": version, "begun_at": now}
        world.rows["ladders"].append(row)
    return debt


def _hold(chance: random.Random, who: str, debts: Sequence[Row], now: datetime) -> Row:
    about = chance.choice([None, *(debt["instalment_id"] for debt in debts)])
    return {
        "customer_id": who,
        "instalment_id": about,
        "kind": chance.choice(("promise", "dispute", "hold")),
        "set_at": now - timedelta(days=3),
        "until": now.date() + timedelta(days=chance.choice((1, 2, 30))),
        "ended_at": _maybe(chance, 0.4, now - timedelta(days=1)),
    }


def _notice(world: World, chance: random.Random, customer: Row, debts: Sequence[Row], may_wait: bool) -> None:
    now, notice_id = world.now, LONG_SINCE + len(world.rows["notices"])
    state = chance.choice((*["accepted"] * 3, *["not_sent"] * 3, *(("planned", "claimed") if may_wait else ())))
    ended = None if state in ("planned", "claimed") else _past(chance, now)
    policy = chance.choice((POLICY, POLICY, EARLIER))
    world.rows["notices"].append(
        {
            "notice_id": notice_id,
            "customer_id": customer["customer_id"],
            "local_day": world.today(customer) - timedelta(days=chance.choice((0, 0, 1, 4))),
            "state": state,
            "reason": chance.choice(REASONS) if state == "not_sent" else None,
            "send_after": now - timedelta(days=1),
            "expires_at": now + timedelta(days=1),
            "policy": policy.name,
            "policy_version": policy.version,
            "planned_at": now - timedelta(days=1),
            "ended_at": ended,
        }
    )
    for debt in debts:
        if chance.random() < 0.6:
            steps = policy.for_segment(segment_of(customer, policy)).steps
            item = {"notice_id": notice_id, "instalment_id": debt["instalment_id"], "policy_version": policy.version}
            due = debt["due_date"] - timedelta(days=chance.choice((0, 0, 0, 0, 1)))
            world.rows["notice_items"].append({**item, "step_id": chance.choice(steps).id, "due_date": due})


def _contact(chance: random.Random, who: str, now: datetime) -> Row:
    kind = chance.choice(("agent", "agent", "reminder", "press"))
    state = chance.choice(("accepted", "accepted", "refused"))
    row = {"customer_id": who, "at": _past(chance, now), "channel": "telegram", "kind": kind}
    return {**row, "direction": "in" if kind == "press" else "out", "state": "answered" if kind == "press" else state}


def _case(chance: random.Random, who: str, now: datetime) -> Row:
    opened = now - timedelta(days=20)
    state = chance.choice(("waiting", "claimed", "closed"))
    closed = _past(chance, now) if state == "closed" else None
    return {"customer_id": who, "reason": "overdue", "opened_at": opened, "state": state, "closed_at": closed}


def _past(chance: random.Random, now: datetime) -> datetime:
    return now - timedelta(hours=chance.randrange(1, 12 * 24), minutes=chance.randrange(60))


def _maybe(chance: random.Random, share: float, value: Any) -> Any:
    return value if chance.random() < share else None
