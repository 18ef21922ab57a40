"""Simulated customers: their debts and actions, as the wallet and the world know them. Plain Python, separate from the
program.

A life depends on the seed alone: the same seed gives the same lives, whatever the program does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

INTO_SUMMER = ("America/New_York", "Europe/London", "America/Los_Angeles")  # in March, on three days
OUT_OF_SUMMER = ("Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland")  # in April; by half an hour in one


@dataclass(eq=False)
class Debt:
    """One instalment. `paid` is what was paid by either way, `by_file` the part of it that the wallet's file names."""

    instalment_id: str
    account_id: str
    currency: str
    due: date
    amount: int
    paid: int = 0
    by_file: int = 0
    status: str = "open"

    @property
    def outstanding(self) -> int:
        return 0 if self.status in ("paid", "waived") else max(0, self.amount - self.paid)

    def as_row(self) -> dict[str, Any]:
        """The wallet's row about it, in an instalments file."""
        return {
            "instalment_id": self.instalment_id,
            "account_id": self.account_id,
            "due_date": self.due,
            "amount_due": decimal(self.amount),
            "amount_paid": decimal(self.by_file),
            "status": self.status,
        }


def decimal(minor_units: int) -> str:
    return f"{minor_units / 100:.2f}"


@dataclass(eq=False)
class Person:
    """One customer. `blocked` and what is `gone` are how it is; `dead` is what the program has been told of it."""

    number: int
    zone: str
    segment: str | None
    language: str | None
    currency: str
    habit: str  # early, late, parts, never
    linked: bool
    email: str | None
    phone: str | None
    debts: list[Debt] = field(default_factory=list)
    blocked: bool = False
    mailbox_gone: bool = False
    number_gone: bool = False
    stopped: bool = False
    forgotten: bool = False
    dead: set[str] = field(default_factory=set)
    accepted: list[datetime] = field(default_factory=list)  # messages that a channel accepted and that were recorded
    told: dict[str, datetime] = field(default_factory=dict)  # instalment: when it was first told in one of these
    words: list[datetime] = field(default_factory=list)  # what an agent said that was accepted
    seen_at: datetime | None = None
    paid_at: datetime | None = None  # the last payment that came as a payment
    touched_at: datetime | None = None  # the last time that facts about them changed
    first_due: date | None = None  # of what they owe; None: they owe nothing

    @property
    def customer_id(self) -> str:
        return f"C{self.number}"

    @property
    def user_id(self) -> int:
        return 10_000 + self.number

    def update_first_due(self) -> None:
        """To be called whenever their debts have changed."""
        self.first_due = min((debt.due for debt in self.debts if debt.outstanding > 0), default=None)

    def today(self, now: datetime) -> date:
        """The day it is for them."""
        return day_in(self.zone, now)

    def living_channels(self) -> set[str]:
        """Those that the program may still try."""
        known = {"telegram": self.linked, "email": self.email is not None, "sms": self.phone is not None}
        return {channel for channel, is_there in known.items() if is_there} - self.dead

    def sign_since(self, at: datetime) -> bool:
        return any(sign is not None and sign >= at for sign in (self.seen_at, self.paid_at))


@lru_cache(maxsize=1024)
def day_in(zone: str, now: datetime) -> date:
    """The day it is there; of several candidates the earliest."""
    return min(now.astimezone(ZoneInfo(name)).date() for name in zone.split("|"))


def draw_people(random: Random, number: int, zones: Sequence[str], segments: Sequence[str]) -> list[Person]:
    return [_draw(random, n, zones, segments) for n in range(number)]


def _draw(random: Random, number: int, zones: Sequence[str], segments: Sequence[str]) -> Person:
    return Person(
        number=number,
        zone=random.choice(zones),
        segment=random.choice((None, None, *segments)),
        language=random.choice(("en", "zh-Hant", "zh-CN", None)),
        currency=random.choice(("USD", "TWD", "EUR")),
        habit=random.choices(("early", "late", "parts", "never"), (64, 20, 10, 6))[0],
        linked=random.random() < 0.8,
        email=f"c{number}@example.com" if random.random() < 0.5 else None,
        phone=f"+88691{number:07d}" if random.random() < 0.3 else None,
        mailbox_gone=random.random() < 0.1,
        number_gone=random.random() < 0.1,
    )


def draw_zones(random: Random) -> tuple[str, ...]:
    """The zones of this world: clocks go on in one and back in the other, within weeks. Who moves may be anywhere in
    Australia then."""
    return random.choice(INTO_SUMMER), random.choice(OUT_OF_SUMMER)


@dataclass(frozen=True, order=True)
class Plan:
    """What a customer means to do about one instalment: amounts by day, and whether by payment or in the file."""

    day: date
    amount: int
    in_file: bool


def draw_payments(random: Random, person: Person, debt: Debt) -> list[Plan]:
    """When and how this instalment will be paid, if ever; a reversal has a negative amount."""
    in_file = random.random() < 0.3

    def on(days: int, amount: int) -> Plan:
        return Plan(debt.due + timedelta(days=days), amount, in_file)

    if person.habit == "early":
        return [on(random.randint(-7, -4), debt.amount)]
    if person.habit == "late":
        days = random.choice((-2, -1, 0, 1, 2, 3, 4, 6, 9, 20))
        plans = [on(days, debt.amount)]
        if random.random() < 0.1 and not in_file:  # the bank takes it back, and they pay again
            back = days + random.randint(1, 20)
            plans += [on(back, -debt.amount), on(back + random.randint(1, 15), debt.amount)]
        return plans
    if person.habit == "parts":
        first = debt.amount // random.choice((2, 3, 4))
        days = random.randint(-3, 6)
        return [on(days, first), on(days + random.randint(1, 25), debt.amount - first)]
    return [on(random.randint(30, 200), debt.amount)]
