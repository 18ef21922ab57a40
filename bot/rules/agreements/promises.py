"""A customer's promise to pay: when it can be made, for which days, for which instalments, and how often it can be
moved.

A promise is about what is due by its day, and is judged by that. The days offered hurry nobody: none is before the
earliest due date, and none so far ahead that it would be a deferral.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from bot.rules.agreements.disputes import is_disputed
from bot.rules.agreements.instalment_plans import tolerated
from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.facts.money import Money, minor_digits
from bot.rules.policy.desk_terms import Desk

SOON_DAYS = 3  # what is overdue, or due within so many days, can be promised
MOST_DAYS = 7  # how far ahead a promise can be, unless the policy says otherwise
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


def can_be_chosen(owed: Sequence[Instalment], today: date, day: date, most_days: int = MOST_DAYS) -> bool:
    """Whether a promise for this day can be made today."""
    return today <= day <= today + timedelta(days=most_days) and bool(promised_for(owed, day))


def days_to_choose(owed: Sequence[Instalment], today: date, most_days: int = MOST_DAYS) -> tuple[date, ...]:
    """The days offered: today, tomorrow, in three days, the coming Friday, in a week, and the last one, as far as they
    can be chosen."""
    friday = (_FRIDAY - today.weekday()) % 7
    days = sorted({today + timedelta(days=ahead) for ahead in (0, 1, 3, friday, 7, most_days)})
    return tuple(day for day in days if can_be_chosen(owed, today, day, most_days))


def parts_to_choose(owed: Sequence[Instalment], last: date, smallest: Decimal) -> tuple[Money, ...]:
    """The parts offered of what is due by the last day that can be chosen: a quarter, a half and three quarters, in
    whole units of the currency that is due first, and no smaller than the policy allows."""
    whole = next(iter(total(promised_for(owed, last))), None)
    if whole is None:
        return ()
    unit = 10 ** minor_digits(whole.currency)
    amounts = dict.fromkeys(whole.amount * share // 4 // unit * unit for share in (1, 2, 3))
    least = smallest_part(whole, smallest)
    return tuple(Money(amount, whole.currency) for amount in amounts if amount and least.amount <= amount)


def smallest_part(due: Money, smallest: Decimal) -> Money:
    """The least that can be promised of a sum that is due: the share, rounded up, and never nothing."""
    return Money(max(1, ceil(Fraction(smallest) * due.amount)), due.currency)


def rests_through(desk: Desk, until: date) -> date:
    """The last day on which a case rests for a promise or plan, with the days that a payment may be on its way."""
    return until + timedelta(days=desk.promise_days)


def is_kept(amount: int, paid_since: int, is_over: bool, ppm: int) -> bool:
    """Whether a promise of `amount` is kept: at once when all of it came in; when its last day `is_over`, also if no
    more than the tolerance (in parts per million) is missing."""
    return paid_since >= (amount - tolerated(amount, ppm) if is_over else amount)
