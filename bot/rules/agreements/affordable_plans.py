"""The plans of parts that a policy offers and that a customer can afford: from what they can put aside each week, every
two weeks or each month, and when their pay comes.

Each part is due on a payday, and by each payday no more has been due than was put aside by then. The parts are whole
minor units and add up to exactly what is owed. Nothing here decides who agrees; `Offer.needs_person` says whether a
customer may do so alone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import count, islice, takewhile
from math import ceil

from bot.rules.agreements.instalment_plans import Every, Part
from bot.rules.agreements.late_fees import charges_to_come
from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.facts.money import Money
from bot.rules.policy.plan_terms import FEWEST_PARTS, LONGEST_MONTHS, Plans
from bot.rules.policy.policy import Policy

Pay = Every  # how often pay comes: week, 2 weeks, month
MOST_OFFERS = 3
SOON_DAYS = 7  # what is due within so many days is part of a plan, too
FIRST_WITHIN_DAYS = 62  # the first part is due within so many days
LAST_DAY = 31  # a payday on the last day of each month
FORTNIGHT = 14  # days


@dataclass(frozen=True, slots=True)
class Answers:
    """What a customer can put aside each week, two weeks or month, and when their pay comes: the day of the week
    (Monday is 0), of the fortnight (`day_of_fortnight`), or of the month, 31 being its last day."""

    every: Pay
    amount: Money
    payday: int

    def __post_init__(self) -> None:
        if not is_payday(self.every, self.payday):
            raise ValueError(f"payday {self.payday} given, expected a day of the {self.every}")
        if self.amount.amount <= 0:
            raise ValueError(f"{self.amount} given, expected more than nothing")


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan to agree to: its parts, what being late costs on top by its last day, and whether an agent decides."""

    parts: tuple[Part, ...]
    charges: Money
    needs_person: bool
    key: str  # changes with anything that is owed or offered

    @property
    def total(self) -> Money:
        """What the parts add up to."""
        return Money(sum(part.amount.amount for part in self.parts), self.charges.currency)

    @property
    def cost(self) -> Money:
        """All that is to be paid by the end."""
        return self.total + self.charges

    @property
    def until(self) -> date:
        return self.parts[-1].due_date


def about(owed: Sequence[Instalment], today: date, currency: str | None = None) -> tuple[Instalment, ...]:
    """What a plan is about: what is overdue or due soon, in one currency, or in each. `owed` can be promised."""
    soon = today + timedelta(days=SOON_DAYS)
    return tuple(i for i in owed if i.due_date <= soon and (currency is None or i.outstanding.currency == currency))


def is_payday(every: Pay, payday: int) -> bool:
    """Whether there is such a payday: of the week (0 to 6), of the fortnight (0 to 13), or of the month (1 to 31)."""
    if every == "month":
        return 1 <= payday <= LAST_DAY
    return 0 <= payday < (7 if every == "week" else FORTNIGHT)


def day_of_fortnight(day: date) -> int:
    """The same number for days that are a multiple of two weeks apart, whenever they are; Monday is 0 or 7."""
    return (day.toordinal() - 1) % FORTNIGHT


def paydays(every: Pay, payday: int, after: date) -> Iterator[date]:
    """Every payday after a day, without an end. In a month that is too short it is the last day."""
    if every != "month":
        span, of_day = (7, after.weekday()) if every == "week" else (FORTNIGHT, day_of_fortnight(after))
        first = after + timedelta(days=(payday - of_day - 1) % span + 1)
        yield from (first + timedelta(days=span * n) for n in count())
    yield from (day for n in count() if (day := _in_month(after, n, payday)) > after)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    return _in_month(day, months, day.day)


def offers(
    debts: Sequence[Instalment], answers: Answers, policy: Policy, today: date, *, was_broken: bool, vulnerable: bool
) -> tuple[Offer, ...]:
    """The plans that the policy offers for these debts, all in the answers' currency, and that the answers allow; the
    one with the fewest parts first. Empty if there is none. `was_broken`: a plan of the customer was, within a year."""
    terms = policy.plans
    if terms is None or not debts:
        return ()
    (whole,) = total(tuple(debts))
    last = months_after(today, min(terms.longest_months, LONGEST_MONTHS))
    days = list(takewhile(lambda day: day <= last, paydays(answers.every, answers.payday, today)))
    alone = terms.may_agree_alone(whole) and not vulnerable and (terms.alone_after_broken or not was_broken)
    alone_until = months_after(today, terms.alone_months)
    found = []
    for parts in islice(_schedules(whole, answers.amount, days, terms, today), MOST_OFFERS):
        charges = _charges(debts, policy, today, parts)
        needs_person = not alone or parts[-1].due_date > alone_until
        found.append(Offer(parts, charges, needs_person, _key(debts, parts, charges)))
    return tuple(sorted(found, key=lambda offer: (len(offer.parts), offer.until)))


def suggestions(debts: Sequence[Instalment], policy: Policy, every: Pay) -> tuple[Money, ...]:
    """Sums to choose from, largest first: what a plan of two, three, six and twelve months puts aside, rounded up to
    two figures."""
    (whole,) = total(tuple(debts))
    months = (2, 3, 6, 12) if every == "month" else (1, 2, 3, 6)
    a_month = {"week": 4, "2 weeks": 2, "month": 1}[every]
    smallest = policy.plans.smallest(whole.currency) if policy.plans else Money(1, whole.currency)
    sums = (_rounded_up(ceil(whole.amount / (m * a_month))) for m in months)
    return tuple(dict.fromkeys(Money(amount, whole.currency) for amount in sums if amount >= smallest.amount))


def answers_of(parts: Sequence[Part]) -> Answers:
    """The answers that a plan was made from, where none are kept: its pace, its day, its largest part."""
    days = [part.due_date for part in parts]
    apart = (days[1] - days[0]).days if len(days) > 1 else 0
    most = max(part.amount for part in parts)
    if 0 < apart < FORTNIGHT:
        return Answers("week", most, days[0].weekday())
    if 0 < apart < 2 * FORTNIGHT:
        return Answers("2 weeks", most, day_of_fortnight(days[0]))
    return Answers("month", most, max(day.day for day in days))


# --- Schedules -------------------------------------------------------------------------------------------------------


def _schedules(
    whole: Money, most: Money, days: Sequence[date], terms: Plans, today: date
) -> Iterator[tuple[Part, ...]]:
    """Different schedules that keep to the terms: as few equal parts as can be afforded; the whole of what can be put
    aside each time, with a smaller last part; half as many parts more; twice as many."""
    if not days:
        return
    down = ceil(terms.down_payment * whole.amount)
    start = max(0, -(-down // most.amount) - 1)  # the payday by which the down payment has been put aside
    seen: set[tuple[int, ...]] = set()

    def kept(amounts: Sequence[int]) -> tuple[Part, ...] | None:
        if tuple(amounts) in seen or not _fits(amounts, whole, most, days[start:], start, terms):
            return None
        if (days[start] - today).days > FIRST_WITHIN_DAYS:
            return None
        seen.add(tuple(amounts))
        return tuple(Part(n + 1, days[start + n], Money(amount, whole.currency)) for n, amount in enumerate(amounts))

    counts = range(FEWEST_PARTS, terms.most_parts + 1)
    first = next(((n, parts) for n in counts if (parts := kept(_equal(whole, down, n)))), None)
    if (unequal := kept(_full(whole, most.amount, down))) is not None:
        yield unequal
    if first is None:
        return
    fewest, parts = first
    yield parts
    for more in (ceil(fewest * 1.5), fewest * 2):
        if (easier := kept(_equal(whole, down, more))) is not None:
            yield easier


def _equal(whole: Money, down: int, number: int) -> list[int]:
    """The down payment, if any, and equal parts. If these cannot be equal, the first ones are one minor unit larger."""
    if not down or down * number < whole.amount:
        return _divided(whole.amount, number)
    return [down, *_divided(whole.amount - down, number - 1)]


def _divided(amount: int, number: int) -> list[int]:
    equal, rest = divmod(amount, number)
    return [equal + 1] * rest + [equal] * (number - rest)


def _full(whole: Money, most: int, down: int) -> list[int]:
    """As much as can be put aside each time, and the rest last."""
    first = min(max(most, down), whole.amount)
    full, rest = divmod(whole.amount - first, most)
    return [first, *([most] * full), *([rest] if rest else [])]


def _fits(amounts: Sequence[int], whole: Money, most: Money, days: Sequence[date], before: int, terms: Plans) -> bool:
    """Whether these parts keep to the policy's terms, and no more is due by any payday than was put aside by then;
    `before` paydays go by before the first."""
    if not FEWEST_PARTS <= len(amounts) <= min(terms.most_parts, len(days)):
        return False
    if min(amounts) < max(1, terms.smallest(whole.currency).amount):
        return False
    due = 0
    for n, amount in enumerate(amounts):
        due += amount
        if due > (before + n + 1) * most.amount:
            return False
    return True


def _charges(debts: Sequence[Instalment], policy: Policy, today: date, parts: Sequence[Part]) -> Money:
    """What being late costs by the last part's day if each part is paid on its day; nothing if the plan stops them."""
    currency = parts[0].amount.currency
    if policy.plans is None or policy.plans.charges == "none":
        return Money(0, currency)
    left = [part.amount.amount for part in parts]
    sum_ = 0
    for debt in sorted(debts, key=lambda i: (i.due_date, i.instalment_id)):
        owed, paid = debt.outstanding.amount, []
        for n, part in enumerate(parts):  # the oldest debt is paid first
            now = min(owed, left[n])
            owed, left[n] = owed - now, left[n] - now
            if now:
                paid.append((part.due_date, Money(now, currency)))
        sum_ += charges_to_come(debt, policy, today, paid, parts[-1].due_date).amount
    return Money(sum_, currency)


def _key(debts: Sequence[Instalment], parts: Sequence[Part], charges: Money) -> str:
    owed = sorted((i.instalment_id, i.outstanding.amount) for i in debts)
    made = [(part.due_date.isoformat(), part.amount.amount) for part in parts]
    return sha256(repr((owed, made, charges.amount, charges.currency)).encode()).hexdigest()[:12]


def _rounded_up(amount: int) -> int:
    """To two figures: 34567 is 35000."""
    unit = int(10 ** max(0, len(str(amount)) - 2))
    return -(-amount // unit) * unit


def _in_month(day: date, months: int, payday: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(payday, monthrange(year, month)[1]))
