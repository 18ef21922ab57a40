"""The wallet's facts about one customer, as values: what storage reads, rules judge and views tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.rules.facts.money import Money

InstalmentStatus = Literal["open", "paid", "waived", "disputed"]


@dataclass(frozen=True, slots=True)
class Customer:
    """A wallet's customer. `language` is a BCP 47 tag or None where nobody said; `zone` is an IANA name, or several
    joined by `|` where only candidates are known."""

    customer_id: str
    name: str
    language: str | None
    zone: str
    segment: str | None = None
    vulnerable: bool = False
    stopped: bool = False
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a customer with what it holds now."""

    account_id: str
    product: str
    balance: Money
    credit_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """One sum that falls due on one day (a date in the customer's zone). `paid` is the file's word and payments
    together; `held` says that a dispute, promise, plan or hold keeps reminders about it back."""

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

    @property
    def outstanding(self) -> Money:
        """What is still to be paid; zero once settled, never negative."""
        if self.status in ("paid", "waived"):
            return Money(0, self.amount_due.currency)
        return Money(max(0, self.amount_due.amount - self.paid.amount), self.amount_due.currency)

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
    """All that the wallet said of one customer: accounts, what is not yet settled (earliest due first), and the
    instant these facts are from (None where no file ever said anything). `gone` says of instalments that were asked
    about and are not owed any more why that is: paid, waived, corrected (less or nothing is due) or taken_off (another
    customer's now)."""

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
        """Days past due of the oldest unsettled instalment; 0 where nothing is overdue."""
        return max((i.days_past_due(today) for i in self.unsettled), default=0) if self.overdue(today) else 0


def total(instalments: tuple[Instalment, ...]) -> tuple[Money, ...]:
    """What is outstanding over all of them, a sum for each currency, in the order in which currencies appear."""
    sums: dict[str, Money] = {}
    for instalment in instalments:
        owed = instalment.outstanding
        sums[owed.currency] = sums[owed.currency] + owed if owed.currency in sums else owed
    return tuple(sums.values())
