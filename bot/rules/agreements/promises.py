"""A customer's promise to pay: when one can be made, for which days, what it is about, and how often it can be moved.

A promise is about what is due by its day, which is what it is later judged by. No day is made up to hurry anybody: none
lies before the earliest due date, and none so far ahead that it is more than a promise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from bot.rules.agreements.instalment_plans import tolerated
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.desk_terms import Desk

SOON_DAYS = 3  # what is due within so many days can be promised, and what is overdue
MOST_DAYS = 7  # a promise reaches so far ahead
MOST_MOVES = 2  # then a person looks for a way with the customer
AGREED_WITHIN_DAYS = 60  # what an agent agrees with a customer reaches so far ahead

_FRIDAY = 4


def can_be_promised(facts: CustomerFacts, disputed: Collection[str]) -> tuple[Instalment, ...]:
    """What is unsettled and undisputed, earliest due first; `disputed` are the ids that the customer disputes."""
    return tuple(i for i in facts.unsettled if i.status == "open" and i.instalment_id not in disputed)


def calls_for_promise(owed: Sequence[Instalment], today: date) -> bool:
    """Whether any of it is overdue or due so soon that a promise makes sense."""
    return any(i.due_date <= today + timedelta(days=SOON_DAYS) for i in owed)


def promised_for(owed: Sequence[Instalment], day: date) -> tuple[Instalment, ...]:
    """What a promise for `day` is about."""
    return tuple(i for i in owed if i.due_date <= day)


def can_be_chosen(owed: Sequence[Instalment], today: date, day: date) -> bool:
    """Whether a promise for this day can be made today."""
    return today <= day <= today + timedelta(days=MOST_DAYS) and bool(promised_for(owed, day))


def days_to_choose(owed: Sequence[Instalment], today: date) -> tuple[date, ...]:
    """The days that are offered: today, tomorrow, in three days, the coming Friday, in a week; of these what can be
    chosen."""
    friday = (_FRIDAY - today.weekday()) % 7
    days = sorted({today + timedelta(days=ahead) for ahead in (0, 1, 3, friday, MOST_DAYS)})
    return tuple(day for day in days if can_be_chosen(owed, today, day))


def rests_through(desk: Desk, until: date) -> date:
    """The last day on which a case rests for a promise or plan: that on which a payment may still be on its way."""
    return until + timedelta(days=desk.promise_days)


def is_kept(amount: int, paid_since: int, is_over: bool, ppm: int) -> bool:
    """Whether a promise of `amount` is kept: at once when all of it came in, and within the tolerance (parts per
    million that may be missing) when its last day `is_over`. Nobody is held to it earlier for a little that is
    missing."""
    return paid_since >= (amount - tolerated(amount, ppm) if is_over else amount)
