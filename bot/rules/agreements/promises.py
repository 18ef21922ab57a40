"""A customer's promise to pay: when it can be made, for which days, for which instalments, and how often it can be
moved.

A promise is about what is due by its day, and is judged by that. The days offered hurry nobody: none is before the
earliest due date, and none so far ahead that it would be a deferral.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from bot.rules.agreements.disputes import is_disputed
from bot.rules.agreements.instalment_plans import tolerated
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.desk_terms import Desk

SOON_DAYS = 3  # what is overdue, or due within so many days, can be promised
MOST_DAYS = 7  # how far ahead a promise can be
MOST_MOVES = 2  # after that, an agent looks for a solution with the customer
AGREED_WITHIN_DAYS = 60  # how far ahead an agent can agree on a day

_FRIDAY = 4


def can_be_promised(facts: CustomerFacts, disputed: Collection[str]) -> tuple[Instalment, ...]:
    """The unsettled and undisputed instalments, earliest due first; `disputed` are the ids that the customer
    disputes."""
    return tuple(i for i in facts.unsettled if not is_disputed(i, disputed))


def calls_for_promise(owed: Sequence[Instalment], today: date) -> bool:
    """Whether any of it is overdue, or due so soon that a promise makes sense."""
    return any(i.due_date <= today + timedelta(days=SOON_DAYS) for i in owed)


def promised_for(owed: Sequence[Instalment], day: date) -> tuple[Instalment, ...]:
    """The instalments that a promise for `day` is about."""
    return tuple(i for i in owed if i.due_date <= day)


def can_be_chosen(owed: Sequence[Instalment], today: date, day: date) -> bool:
    """Whether a promise for this day can be made today."""
    return today <= day <= today + timedelta(days=MOST_DAYS) and bool(promised_for(owed, day))


def days_to_choose(owed: Sequence[Instalment], today: date) -> tuple[date, ...]:
    """The days offered: today, tomorrow, in three days, the coming Friday, in a week, as far as they can be chosen."""
    friday = (_FRIDAY - today.weekday()) % 7
    days = sorted({today + timedelta(days=ahead) for ahead in (0, 1, 3, friday, MOST_DAYS)})
    return tuple(day for day in days if can_be_chosen(owed, today, day))


def rests_through(desk: Desk, until: date) -> date:
    """The last day on which a case rests for a promise or plan, with the days that a payment may be on its way."""
    return until + timedelta(days=desk.promise_days)


def is_kept(amount: int, paid_since: int, is_over: bool, ppm: int) -> bool:
    """Whether a promise of `amount` is kept: at once when all of it came in; when its last day `is_over`, also if no
    more than the tolerance (in parts per million) is missing."""
    return paid_since >= (amount - tolerated(amount, ppm) if is_over else amount)
