"""Late charges: what being late costs by the policy's `[charges]`, day by day. The only place where they are computed.

Nothing is charged on the due date and in the grace period. The first day after it is the first day of the first *year
of charges*. On that day the late fee is charged, once, and from it on each day the daily rate of what is overdue that
day. In each year of charges all charges together are never more than `cap` times the most that was overdue in it.
Charges are never charged on charges.

The exact sum from the year's first day on is rounded down to the currency's minor unit, and a day's charge is the
difference to the day before. So charges are the same however their days are split, and rounding never costs a customer
anything.

Where the wallet sends its own `fees`, they are the charges so far, whatever these rules say; only days to come are
computed. A plan of parts that is in force stops all charges of its debts, where the policy's `[plans]` say so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.terms import Charges, Policy

ChargeKind = Literal["late_fee", "daily", "wallet"]  # wallet: what it says it has charged so far
_DAY = timedelta(days=1)
MOST_DAYS = 4000  # of one table of charges


@dataclass(frozen=True, slots=True)
class Charge:
    """What one day costs."""

    day: date
    kind: ChargeKind
    amount: Money


@dataclass(frozen=True, slots=True)
class Costs:
    """What is owed for an instalment on a day if nothing is paid until then: `owed` in all, of which `charges` are not
    in the wallet's sum of today."""

    day: date
    owed: Money
    charges: Money


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is overdue, without charges: so many minor units from a day on, until the next entry. The first entry counts
    for the days before it, too."""

    currency: str
    due_date: date
    balances: tuple[tuple[date, int], ...]

    def on(self, day: date) -> int:
        place = bisect_right([since for since, _ in self.balances], day) - 1
        return self.balances[max(place, 0)][1]


def overdue_of(instalment: Instalment, today: date, paid_today: Money | None = None) -> Overdue:
    """What is overdue of an instalment as it is known today; with `paid_today`, as it is from tomorrow on if so much is
    paid now. What comes in pays the wallet's fees last."""
    fees = instalment.fees.amount if instalment.fees else 0
    left = instalment.outstanding.amount
    balances = [(min(instalment.due_date, today), max(0, left - fees))]
    if paid_today is not None:
        balances.append((today + _DAY, max(0, left - fees - paid_today.amount)))
    return Overdue(instalment.amount_due.currency, instalment.due_date, tuple(balances))


def first_day(due_date: date, grace_days: int) -> date | None:
    """The first day with charges; None if it is past the calendar's end."""
    return due_date + timedelta(days=grace_days + 1) if (date.max - due_date).days > grace_days else None


def charges(overdue: Overdue, terms: Charges | None, grace_days: int, start: date, end: date) -> tuple[Charge, ...]:
    """The charges of each day from `start` to `end`, both included; days without one are left out.

    Raises ValueError for more than `MOST_DAYS` days.
    """
    if (end - start).days >= MOST_DAYS:
        raise ValueError(f"{(end - start).days + 1} days given, expected {MOST_DAYS} at most")
    begins = first_day(overdue.due_date, grace_days)
    if terms is None or begins is None or end < begins:
        return ()
    first = max(start, begins)
    before = _until(overdue, terms, begins, first - _DAY)
    found: list[Charge] = []
    for day in (first + timedelta(days=n) for n in range((end - first).days + 1)):
        now = _until(overdue, terms, begins, day)
        of_day: tuple[tuple[ChargeKind, int], ...] = (("late_fee", now[0] - before[0]), ("daily", now[1] - before[1]))
        found += [Charge(day, kind, Money(amount, overdue.currency)) for kind, amount in of_day if amount]
        before = now
    return tuple(found)


def charged(overdue: Overdue, terms: Charges | None, grace_days: int, until: date) -> Money:
    """All charges up to and including a day."""
    begins = first_day(overdue.due_date, grace_days)
    if terms is None or begins is None or until < begins:
        return Money(0, overdue.currency)
    return Money(sum(_until(overdue, terms, begins, until)), overdue.currency)


def costs(
    instalment: Instalment, policy: Policy, today: date, days: Sequence[date], paid_today: Money | None = None
) -> tuple[Costs, ...]:
    """What is owed on each of these days, today or later, if nothing more is paid than `paid_today`.

    Where the wallet sends `fees`, they are in its sum, and they are what was charged so far; they count against the cap
    of the present year of charges. Where it sends none, the charges so far are added to its sum.
    """
    overdue = overdue_of(instalment, today, paid_today)
    left = max(0, instalment.outstanding.amount - (paid_today.amount if paid_today else 0))
    policy = _as_planned(instalment, policy)
    found = []
    for day in days:
        more = Money(_to_come(overdue, policy, instalment.fees, today, day) if left else 0, overdue.currency)
        found.append(Costs(day, Money(left, overdue.currency) + more, more))
    return tuple(found)


def charge_table(instalment: Instalment, policy: Policy, today: date, start: date, end: date) -> tuple[Charge, ...]:
    """The charges of an instalment, as it is known today, on the days from `start` to `end`, both included, if nothing
    more is paid: what `costs` come to, day by day.

    Where the wallet sends `fees`, they are one charge of today, and those of the days before are not known.

    Raises ValueError for more than `MOST_DAYS` days.
    """
    overdue, fees = overdue_of(instalment, today), instalment.fees
    policy = _as_planned(instalment, policy)
    if fees is None:
        return charges(overdue, policy.charges, policy.grace_days, start, end)
    of_wallet = (Charge(today, "wallet", fees),) if fees and start <= today <= end else ()
    if not instalment.outstanding:
        return of_wallet
    first, found = max(start, today + _DAY), list(of_wallet)
    taken: dict[date, int] = {}
    for charge in charges(overdue, policy.charges, policy.grace_days, first, end):
        before = taken.get(charge.day) or _to_come(overdue, policy, fees, today, charge.day - _DAY)
        room = _to_come(overdue, policy, fees, today, charge.day) - before
        if room:
            amount = min(charge.amount.amount, room)
            taken[charge.day] = before + amount
            found.append(Charge(charge.day, charge.kind, Money(amount, charge.amount.currency)))
    return tuple(found)


def ours_so_far(instalment: Instalment, policy: Policy, today: date) -> Money:
    """The charges so far that are not in the wallet's sum: zero where it sends its own, or a plan stops them."""
    if instalment.fees is not None or stopped_by_plan(instalment, policy):
        return Money(0, instalment.amount_due.currency)
    return charged(overdue_of(instalment, today), policy.charges, policy.grace_days, today)


def still_free(instalment: Instalment, policy: Policy, today: date) -> tuple[Charge, ...]:
    """The charges of the first day with any, as long as none has begun: the day before it is the last without. Empty if
    being late costs nothing, if it costs something already, if the wallet charges fees by itself, or if a plan stops
    all charges."""
    begins = first_day(instalment.due_date, policy.grace_days)
    if begins is None or begins <= today or instalment.fees or stopped_by_plan(instalment, policy):
        return ()
    return charges(overdue_of(instalment, today), policy.charges, policy.grace_days, begins, begins)


def charges_to_come(
    instalment: Instalment, policy: Policy, today: date, payments: Sequence[tuple[date, Money]], until: date
) -> Money:
    """The charges up to `until` that are not in the wallet's sum if these payments come in on their days, earliest
    first; each counts from the day after."""
    overdue = overdue_of(instalment, today)
    balances, left = list(overdue.balances), overdue.balances[-1][1]
    for day, paid in payments:
        left = max(0, left - paid.amount)
        balances.append((day + _DAY, left))
    paid_off = Overdue(overdue.currency, overdue.due_date, tuple(balances))
    return Money(_to_come(paid_off, policy, instalment.fees, today, until), overdue.currency)


def differs(instalment: Instalment, policy: Policy, today: date) -> Money | None:
    """The charges so far by the policy, if the wallet sends fees that differ by more than one minor unit; None if they
    agree, if the wallet sends none, or if a plan has stopped them, nobody knows since when."""
    if instalment.fees is None or not instalment.due_date < today or stopped_by_plan(instalment, policy):
        return None
    ours = charged(overdue_of(instalment, today), policy.charges, policy.grace_days, today)
    return ours if abs(ours.amount - instalment.fees.amount) > 1 else None


def stopped_by_plan(instalment: Instalment, policy: Policy) -> bool:
    """Whether nothing is charged for an instalment because its plan is in force."""
    return instalment.in_plan and policy.plans is not None and policy.plans.charges == "none"


def _as_planned(instalment: Instalment, policy: Policy) -> Policy:
    return replace(policy, charges=None) if stopped_by_plan(instalment, policy) else policy


def _until(overdue: Overdue, terms: Charges, begins: date, until: date) -> tuple[int, int]:
    """Late fee and daily charges up to and including a day, in minor units; one step for each change of the balance and
    each year."""
    late = terms.late_fee.get(overdue.currency)
    late_fee = late.amount if late and overdue.on(begins) else 0
    fee = daily = 0
    for start, end in _years(begins, until):
        spans = _spans(overdue, start, min(until, end))
        exact = Fraction(terms.daily_rate) * sum(balance * ((to - since).days + 1) for since, to, balance in spans)
        limit = _limit(terms, spans)
        of_year = min(late_fee if start == begins else 0, limit)
        fee += of_year
        daily += min(int(exact), limit - of_year)
    return fee, daily


def _limit(terms: Charges, spans: Sequence[tuple[date, date, int]]) -> int:
    """The most that all charges of one year may come to."""
    return int(Fraction(terms.cap) * max((balance for _, _, balance in spans)))


def _years(begins: date, until: date) -> Iterator[tuple[date, date]]:
    """The years of charges that have begun by a day, each with its first and last day. A first day of 29 February has
    its anniversaries on 1 March."""
    start = begins
    while start <= until:
        years = start.year - begins.year + 1
        if begins.year + years > date.max.year:
            yield start, date.max
            return
        leap_day = (begins.month, begins.day) == (2, 29)
        following = date(begins.year + years, 3, 1) if leap_day else begins.replace(year=begins.year + years)
        yield start, following - _DAY
        start = following


def _spans(overdue: Overdue, start: date, last: date) -> list[tuple[date, date, int]]:
    """The days from `start` to `last` as spans with one balance each."""
    changes = [since for since, _ in overdue.balances if start < since <= last]
    begins = [start, *changes]
    ends = [*(day - _DAY for day in changes), last]
    return [(since, to, overdue.on(since)) for since, to in zip(begins, ends, strict=True)]


def _to_come(overdue: Overdue, policy: Policy, fees: Money | None, today: date, day: date) -> int:
    """The charges up to `day` that are not in the wallet's sum."""
    terms, grace = policy.charges, policy.grace_days
    begins = first_day(overdue.due_date, grace)
    if terms is None or begins is None or day < begins:
        return 0
    by_then = charged(overdue, terms, grace, day).amount
    if fees is None:
        return by_then
    *_, (start, ends) = _years(begins, max(today, begins))
    earlier = charged(overdue, terms, grace, start - _DAY).amount
    so_far = charged(overdue, terms, grace, max(today, start - _DAY)).amount
    this_year = charged(overdue, terms, grace, min(day, ends)).amount - so_far
    room = _limit(terms, _spans(overdue, start, min(day, ends))) - max(0, fees.amount - earlier)
    return max(0, by_then - so_far - this_year) + max(0, min(this_year, room))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What all debts of one currency come to on some days if nothing is paid; `if_paid` is the same if `paid_today` is
    paid, the oldest debt first."""

    currency: str
    days: tuple[Costs, ...]
    paid_today: Money | None = None
    if_paid: tuple[Costs, ...] = ()


AHEAD = (7, 30, 90)
"""The days, from today on, for which a customer is told what being late costs."""


def outlook(
    instalments: Sequence[Instalment], policy: Policy, today: date, paid_today: Money | None = None
) -> tuple[Outlook, ...]:
    """What is owed in each currency on the days `AHEAD` of today. `paid_today` shows what paying that much today would
    change; it is about its own currency only."""
    days = [today + timedelta(days=ahead) for ahead in AHEAD]
    found = []
    for currency in dict.fromkeys(instalment.amount_due.currency for instalment in instalments):
        theirs = [i for i in instalments if i.amount_due.currency == currency and not i.settled]
        unpaid = _sums([costs(i, policy, today, days) for i in theirs])
        if paid_today is None or paid_today.currency != currency:
            found.append(Outlook(currency, unpaid))
            continue
        paid = [
            costs(i, policy, today, days, part) for i, part in zip(theirs, _spread(theirs, paid_today), strict=True)
        ]
        found.append(Outlook(currency, unpaid, paid_today, _sums(paid)))
    return tuple(found)


def _sums(costs_of_each: Sequence[tuple[Costs, ...]]) -> tuple[Costs, ...]:
    """The costs of several debts, day by day."""
    sums = []
    for of_day in zip(*costs_of_each, strict=True):
        owed, more = of_day[0].owed, of_day[0].charges
        for cost in of_day[1:]:
            owed, more = owed + cost.owed, more + cost.charges
        sums.append(Costs(of_day[0].day, owed, more))
    return tuple(sums)


def _spread(instalments: Sequence[Instalment], paid: Money) -> list[Money]:
    """A payment over debts, the oldest first; in the order of the debts."""
    left, parts = paid, {}
    for instalment in sorted(instalments, key=lambda i: (i.due_date, i.instalment_id)):
        part = left if left < instalment.outstanding else instalment.outstanding
        parts[instalment.instalment_id] = part
        left = left - part
    return [parts[instalment.instalment_id] for instalment in instalments]
