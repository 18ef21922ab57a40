"""Instalment plans: equal parts of an amount on regular days, and how far an agreed plan has been kept.

Every part is whole minor units, and the parts add up exactly to the amount. `storage.agreements.holds_ending` has the
same judgement in SQL, for all plans at once; a test keeps the two equal.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from bot.rules.facts.money import Money

Every = Literal["week", "2 weeks", "month"]
Judgement = Literal["running", "kept", "broken", "not_needed"]

FEWEST_PARTS, MOST_PARTS = 2, 24
FIRST_WITHIN_DAYS = 60  # the first part is due within so many days
USUAL_FIRST_DAYS = 7  # and after so many if no date was given
ANSWER_WITHIN = timedelta(days=7)  # after that, an unanswered proposal expires
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plan: its number from 1, its day in the customer's zone, and what is to be paid."""

    number: int
    due_date: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as stored. `state` is proposed, agreed, declined, withdrawn, kept, broken or not_needed. `paid` is what
    was paid on its instalments since it began, `left` what is still to be paid on them, in minor units (None if not
    read, as for a plan that is not agreed); `until` is its last day."""

    plan_id: int
    customer_id: str
    case_id: int | None
    state: str
    parts: tuple[Part, ...]
    paid: Money
    proposed_by: int | None = None
    proposed_at: datetime | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None
    left: int | None = None

    @property
    def total(self) -> Money:
        return Money(sum(part.amount.amount for part in self.parts), self.paid.currency)

    @property
    def until(self) -> date:
        return self.parts[-1].due_date

    @property
    def answer_until(self) -> datetime | None:
        """When an unanswered proposal expires."""
        return None if self.proposed_at is None else self.proposed_at + ANSWER_WITHIN

    @property
    def covered(self) -> Money:
        """How much of it no longer has to be paid: what came in, and what the wallet waived or corrected."""
        paid, whole = self.paid.amount, self.total.amount
        return Money(max(0, paid) if self.left is None else covered(whole, paid, self.left), self.paid.currency)

    def covered_of(self, part: Part) -> Money:
        """How much of this part no longer has to be paid: the earliest part is covered first."""
        before = sum(p.amount.amount for p in self.parts if p.number < part.number)
        return Money(max(0, min(part.amount.amount, self.covered.amount - before)), self.paid.currency)

    @property
    def next_part(self) -> Part | None:
        """The first part that is not covered yet."""
        return next((part for part in self.parts if self.covered_of(part) < part.amount), None)


def divided(total: Money, parts: int, first: date, every: Every) -> tuple[Part, ...]:
    """The amount in equal parts; the remainder is in the last one. Raises ValueError for a number of parts that is not
    allowed, or for more parts than minor units."""
    if not FEWEST_PARTS <= parts <= MOST_PARTS:
        raise ValueError(f"a plan has {FEWEST_PARTS} to {MOST_PARTS} parts, not {parts}")
    if total.amount < parts:
        raise ValueError(f"{total} cannot be divided into {parts} parts")
    equal, rest = divmod(total.amount, parts)
    return tuple(
        Part(n + 1, due_on(first, n, every), Money(equal + (rest if n == parts - 1 else 0), total.currency))
        for n in range(parts)
    )


def unequal(amounts: Sequence[Money], first: date, every: Every) -> tuple[Part, ...]:
    """Parts of these amounts, in this order. Raises ValueError for a number of parts that is not allowed, or for a part
    of nothing."""
    if not FEWEST_PARTS <= len(amounts) <= MOST_PARTS or any(amount.amount <= 0 for amount in amounts):
        raise ValueError(f"a plan has {FEWEST_PARTS} to {MOST_PARTS} parts of more than nothing, not {len(amounts)}")
    return tuple(Part(n + 1, due_on(first, n, every), amount) for n, amount in enumerate(amounts))


def due_on(first: date, number: int, every: Every) -> date:
    """The day of part `number` (from 0). Monthly parts keep the first part's day of the month, or take the month's last
    day if it is shorter."""
    if every != "month":
        return first + timedelta(weeks=number * (2 if every == "2 weeks" else 1))
    years, month = divmod(first.month - 1 + number, 12)
    year, month = first.year + years, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def parts_per_million(share: Decimal) -> int:
    """A share of 1 as the whole number that SQL statements calculate with."""
    return int(share * PPM)


def tolerated(amount: int, ppm: int) -> int:
    """How much of an amount may be missing, rounded down. In two steps, as in the database, whose integers could
    overflow."""
    return amount // PPM * ppm + amount % PPM * ppm // PPM


def covered(whole: int, paid: int, left: int) -> int:
    """How much of a plan does not have to be paid any more. What was waived, corrected or taken off has not come in,
    and nobody misses a part by it."""
    return max(0, paid, whole - left)


def judged(parts: Sequence[Part], paid: int, left: int, disputed: int, judged_before: date, ppm: int) -> Judgement:
    """The state of a plan after every part due before `judged_before` is judged. `paid` is the money that came in,
    `left` what is still to be paid on its instalments, `disputed` how much of that is disputed. Disputed, waived or
    corrected amounts do not break a plan."""
    whole = sum(part.amount.amount for part in parts)
    if paid >= whole:
        return "kept"
    due = sum(part.amount.amount for part in parts if part.due_date < judged_before)
    if left > 0 and covered(whole, paid, left) < due - tolerated(due, ppm) - disputed:
        return "broken"
    if left > 0 and parts[-1].due_date >= judged_before:
        return "running"
    return "kept" if paid >= whole - tolerated(whole, ppm) else "not_needed"
