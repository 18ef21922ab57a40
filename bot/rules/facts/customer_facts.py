"""The wallet's facts about one customer, as values that storage reads, rules judge and views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.rules.facts.money import Money
from bot.rules.facts.wishes import NO_WISHES, Wishes
from bot.rules.languages import spoken_in

InstalmentStatus = Literal["open", "paid", "waived", "disputed"]


@dataclass(frozen=True, slots=True)
class Customer:
    """A wallet's customer. `language` is a BCP 47 tag, or None if unknown; `zone` is an IANA name, or several
    candidates joined by `|`. `words` is the tag of the language that they chose themselves, perhaps with a region."""

    customer_id: str
    name: str
    language: str | None
    zone: str
    segment: str | None = None
    vulnerable: bool = False
    stopped: bool = False
    forgotten: bool = False
    wishes: Wishes = NO_WISHES
    words: str | None = None

    @property
    def spoken(self) -> str:
        """The tag of the language to write in, in the words of where they live; English if none is known."""
        return spoken_in(self.language or "en", self.zone, self.words)


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a customer and its present balance."""

    account_id: str
    product: str
    balance: Money
    credit_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """One amount that is due on one day (a date in the customer's zone). `paid` counts the wallet's column and payments
    together; `held`: a dispute, promise, plan or hold stops reminders about it; `in_plan`: a plan of parts that is in
    force is about it."""

    instalment_id: str
    account_id: str
    product: str
    due_date: date
    amount_due: Money
    paid: Money
    status: InstalmentStatus = "open"
    principal: Money | None = None
    interest: Money | None = None
    fees: Money | None = None
    held: bool = False
    in_plan: bool = False

    @property
    def outstanding(self) -> Money:
        """What is still to be paid; zero once settled, never negative."""
        if self.status in ("paid", "waived"):
            return Money(0, self.amount_due.currency)
        return Money(max(0, self.amount_due.amount - self.paid.amount), self.amount_due.currency)

    @property
    def came_in(self) -> Money:
        """The money that the wallet says came in, as a sum or by its word `paid` alone. What it gives up, corrects or
        moves is no money."""
        return max(self.paid, self.amount_due) if self.status == "paid" else self.paid

    @property
    def settled(self) -> bool:
        return self.outstanding.amount == 0

    @property
    def part_paid(self) -> bool:
        return not self.settled and self.paid.amount > 0

    def days_past_due(self, today: date) -> int:
        """Days since the due date in the customer's zone; negative before it."""
        return (today - self.due_date).days


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """Everything the wallet said about one customer: accounts, unsettled instalments (earliest due first), and the
    instant of these facts (None if no file has come yet). `gone` says why instalments that were asked about are not
    owed any more: paid, waived, corrected (less or nothing is due) or taken_off (they belong to another customer
    now)."""

    customer: Customer
    accounts: tuple[Account, ...]
    unsettled: tuple[Instalment, ...]
    facts_at: datetime | None
    gone: Mapping[str, str] = field(default_factory=dict)

    def overdue(self, today: date) -> tuple[Instalment, ...]:
        return tuple(i for i in self.unsettled if i.due_date < today)

    def upcoming(self, today: date) -> tuple[Instalment, ...]:
        return tuple(i for i in self.unsettled if i.due_date >= today)

    def days_overdue(self, today: date) -> int:
        """Days past due of the oldest unsettled instalment; 0 if nothing is overdue."""
        return max((i.days_past_due(today) for i in self.overdue(today)), default=0)


def total(instalments: tuple[Instalment, ...]) -> tuple[Money, ...]:
    """The outstanding amounts, one for each currency, in the order in which currencies appear."""
    sums: dict[str, Money] = {}
    for instalment in instalments:
        owed = instalment.outstanding
        sums[owed.currency] = sums[owed.currency] + owed if owed.currency in sums else owed
    return tuple(sums.values())
