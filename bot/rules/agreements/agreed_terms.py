"""The terms of a promise, a plan or a hold as an agent writes them after `/promise`, `/plan` and `/hold`: what they
mean, or why they are refused. `text_parsing` reads days and amounts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.rules.agreements import instalment_plans
from bot.rules.agreements.instalment_plans import Every, Part
from bot.rules.agreements.promises import AGREED_WITHIN_DAYS, promised_for
from bot.rules.customers import text_parsing
from bot.rules.customers.text_parsing import NotSaid
from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.facts.money import Money, NotMoney, parse_money

MOST_HOLD_DAYS = 60
MOST_REASON_CHARS = 300

Reason = Literal[
    "usage",  # arguments are missing
    "amount_unreadable",
    "amount_decimals",
    "amount_zero",
    "which_currency",  # several are owed: `amounts`
    "other_currency",  # nothing is owed in it: `amounts`
    "more_than_owed",  # what is owed: `amounts`
    "nothing_owed",
    "nothing_due_by",  # nothing is due by that day; the next due date is `day`
    "day_unreadable",
    "day_past",
    "day_too_far",  # the last possible day is `day`
    "plan_exists",  # until `day`
    "parts_sum",  # the parts add up to the first of `amounts`, and the second is owed
    "parts",  # this number of parts is not allowed
    "too_small",  # `amounts` cannot be divided into so many parts
    "days",  # this number of days is not allowed
    "nothing_to_see",  # there is no promise that the customer made
    "nothing_to_cancel",  # there is nothing to take back
    "no_such_instalment",
    "no_such_dispute",  # none is disputed, or it has to be said which
    "no_reason",  # an answer to a dispute has to say why
    "disputed_already",
    "not_reachable",  # the customer has to agree to a plan, and no channel reaches them
]


@dataclass(frozen=True, slots=True)
class NotAgreed:
    """Why it was not done, with the values that the agent needs to correct the command."""

    reason: Reason
    amounts: tuple[Money, ...] = ()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """An amount to be paid by a day of the customer's."""

    amount: Money
    day: date


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """The instalments of a plan, all in one currency, and the plan's parts, which add up to their total."""

    about: tuple[Instalment, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """How many days reminders rest, and the reason, if given."""

    days: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class DisputeAnswer:
    """Whether what the customer disputes is wrong, with the reason for them; `which` names it, if that is needed."""

    is_wrong: bool
    which: str | None
    reason: str


# --- /promise AMOUNT DAY ---------------------------------------------------------------------------------------------

_FILLERS = frozenset({"by", "on", "until", "before", "till"})


def read_promise(
    words: str, owed: Sequence[Instalment], today: date, plan_until: date | None = None
) -> PromiseTerms | NotAgreed:
    """The amount and the day, in either order. `owed` is what can be promised, earliest due first. `plan_until` is the
    last day of an agreed plan; during a plan nothing can be promised. "all" means what is due by the day."""
    said = [word for word in text_parsing.normalised(words).split() if word.casefold() not in _FILLERS]
    if len(said) < 2:
        return NotAgreed("usage")
    if plan_until is not None:
        return NotAgreed("plan_exists", day=plan_until)
    day, amount = text_parsing.said_day(said[-1], today), said[:-1]
    if day is None:
        day, amount = text_parsing.said_day(said[0], today), said[1:]
    if day is None:
        return NotAgreed("day_unreadable")
    return _wrong_day(day, today) or _promised_sum(" ".join(amount), owed, day)


def promise_terms(
    amount: str | None,
    currency: str | None,
    day: date,
    owed: Sequence[Instalment],
    today: date,
    plan_until: date | None = None,
) -> PromiseTerms | NotAgreed:
    """The same from values: a decimal amount (None: all that is due by the day) in a currency, which only has to be
    given if several are owed."""
    if plan_until is not None:
        return NotAgreed("plan_exists", day=plan_until)
    words = " ".join(filter(None, (currency, amount or "all")))
    return _wrong_day(day, today) or _promised_sum(words, owed, day)


def _wrong_day(day: date, today: date) -> NotAgreed | None:
    """Why a day cannot be agreed: it is past, or too far ahead."""
    last = today + timedelta(days=AGREED_WITHIN_DAYS)
    if day < today:
        return NotAgreed("day_past", day=day)
    return NotAgreed("day_too_far", day=last) if day > last else None


def _promised_sum(words: str, owed: Sequence[Instalment], day: date) -> PromiseTerms | NotAgreed:
    if not owed:
        return NotAgreed("nothing_owed")
    sums = total(tuple(owed))
    try:
        read = text_parsing.said_amount(words, [money.currency for money in sums])
    except NotSaid as wrong:
        return NotAgreed(_AMOUNT_REASONS[wrong.why], amounts=sums)
    of_currency = tuple(i for i in owed if i.outstanding.currency == read.currency)
    due = promised_for(of_currency, day)
    if not due:
        return NotAgreed("nothing_due_by", day=of_currency[0].due_date)
    (whole,) = total(of_currency)
    amount = read.money if read.money is not None else total(due)[0]
    if whole < amount:
        return NotAgreed("more_than_owed", amounts=(whole,))
    return PromiseTerms(amount, day)


_AMOUNT_REASONS: dict[str, Reason] = {
    "unreadable": "amount_unreadable",
    "decimals": "amount_decimals",
    "zero": "amount_zero",
    "which_currency": "which_currency",
    "other_currency": "other_currency",
}


# --- /plan N [FIRST_DAY] [every week|2 weeks|month] ------------------------------------------------------------------

_EVERY: Sequence[tuple[str, Every]] = (
    (r"(?:every )?(?:2|two) weeks|biweekly|fortnightly|每两周|每兩週|每2周|每2週|每隔?两周", "2 weeks"),
    (r"every week|weekly|每周|每週|每星期", "week"),
    (r"every month|monthly|每月|每个月|每個月", "month"),
)
_ALL = frozenset({"all", "everything", "全部"})


def read_plan(words: str, owed: Sequence[Instalment], today: date) -> PlanTerms | NotAgreed:
    """The number of parts, or their sums (300+400+500), and optionally the first day, the interval, and the
    instalments: the overdue ones (all if none is overdue, or with "all") or those that are named. `owed` is what can be
    promised."""
    number, _, rest = text_parsing.normalised(words).partition(" ")
    number = number.removesuffix("期")
    sums = number.split("+") if "+" in number else []
    if not sums and not number.isdecimal():
        return NotAgreed("usage")
    count = len(sums) or int(number)
    if (wrong := _wrong_count(count)) is not None:
        return wrong
    every, rest = _said_every(rest)
    first, everything = today + timedelta(days=instalment_plans.USUAL_FIRST_DAYS), False
    named: list[str] = []
    for word in rest.split():
        if word.casefold() in _ALL:
            everything = True
        elif (day := text_parsing.said_day(word, today)) is not None:
            first = day
        else:
            named.append(word)
    if (wrong := _wrong_day(first, today)) is not None:
        return wrong
    about = _about(owed, named, everything, today)
    if isinstance(about, NotAgreed):
        return about
    return _of_sums(about, sums, first, every) if sums else _divided(about, count, first, every)


@dataclass(frozen=True, slots=True)
class PlanWish:
    """A plan from values: so many equal parts, or parts of these decimal amounts; from `first` on (None: as usual), and
    so often. It is about these instalments, or about all of them; else about what is overdue, or all if nothing is.
    `currency` only has to be given if several are owed."""

    parts: int | None = None
    amounts: tuple[str, ...] = ()
    first: date | None = None
    every: Every = "month"
    instalment_ids: tuple[str, ...] = ()
    everything: bool = False
    currency: str | None = None


def plan_terms(wish: PlanWish, owed: Sequence[Instalment], today: date) -> PlanTerms | NotAgreed:
    """The same as `read_plan`, from values."""
    count = len(wish.amounts) or wish.parts or 0
    first = wish.first or today + timedelta(days=instalment_plans.USUAL_FIRST_DAYS)
    if (wrong := _wrong_count(count) or _wrong_day(first, today)) is not None:
        return wrong
    if not owed:
        return NotAgreed("nothing_owed")
    if not set(wish.instalment_ids) <= {instalment.instalment_id for instalment in owed}:
        return NotAgreed("no_such_instalment")
    chosen = [i for i in owed if wish.everything or i.instalment_id in wish.instalment_ids]
    if not wish.everything and not wish.instalment_ids:
        chosen = [i for i in owed if i.due_date < today]
    about = _of_one_currency(owed, chosen or owed, [wish.currency] if wish.currency else [])
    if isinstance(about, NotAgreed):
        return about
    if wish.amounts:
        return _of_sums(about, wish.amounts, first, wish.every)
    return _divided(about, count, first, wish.every)


def _wrong_count(parts: int) -> NotAgreed | None:
    fewest, most = instalment_plans.FEWEST_PARTS, instalment_plans.MOST_PARTS
    return None if fewest <= parts <= most else NotAgreed("parts")


def _said_every(words: str) -> tuple[Every, str]:
    """The interval of the parts, and the other words."""
    for pattern, every in _EVERY:
        rest, found = re.subn(rf"(?<!\S)(?:{pattern})(?!\S)", " ", words, flags=re.IGNORECASE)
        if found:
            return every, rest
    return "month", words


def _of_sums(about: tuple[Instalment, ...], sums: Sequence[str], first: date, every: Every) -> PlanTerms | NotAgreed:
    """Parts of the sums that the agent wrote, which have to add up to what the plan is about."""
    (whole,) = total(about)
    try:
        amounts = [parse_money(text.replace(",", ""), whole.currency) for text in sums]
    except NotMoney as error:
        return NotAgreed("amount_decimals" if "decimal places" in str(error) else "amount_unreadable")
    if any(amount.amount <= 0 for amount in amounts):
        return NotAgreed("amount_zero")
    given = Money(sum(amount.amount for amount in amounts), whole.currency)
    if given != whole:
        return NotAgreed("parts_sum", amounts=(given, whole))
    return PlanTerms(about, instalment_plans.unequal(amounts, first, every))


def _divided(about: tuple[Instalment, ...], count: int, first: date, every: Every) -> PlanTerms | NotAgreed:
    (whole,) = total(about)
    if whole.amount < count:
        return NotAgreed("too_small", amounts=(whole,))
    return PlanTerms(about, instalment_plans.divided(whole, count, first, every))


def _about(
    owed: Sequence[Instalment], named: Sequence[str], everything: bool, today: date
) -> tuple[Instalment, ...] | NotAgreed:
    """What a plan is about: all in one currency."""
    if not owed:
        return NotAgreed("nothing_owed")
    by_id = {text_parsing.normalised(i.instalment_id).casefold(): i.instalment_id for i in owed}
    ids = {by_id[word.casefold()] for word in named if word.casefold() in by_id}
    others = [word for word in named if word.casefold() not in by_id]
    codes = [word.upper() for word in others if len(word) == 3 and word.isalpha()]
    if len(codes) < len(others) or len(codes) > 1:
        return NotAgreed("usage")
    chosen = [i for i in owed if everything or i.instalment_id in ids or i.due_date < today]
    return _of_one_currency(owed, chosen or owed, codes)


def _of_one_currency(
    owed: Sequence[Instalment], chosen: Sequence[Instalment], codes: Sequence[str]
) -> tuple[Instalment, ...] | NotAgreed:
    """The chosen instalments in the named currency (if there are none, all that is owed in it)."""
    sums, currencies = total(tuple(owed)), {i.outstanding.currency for i in chosen}
    if codes and codes[0] not in {money.currency for money in sums}:
        return NotAgreed("other_currency", amounts=sums)
    if not codes and len(currencies) > 1:
        return NotAgreed("which_currency", amounts=sums)
    currency = codes[0] if codes else currencies.pop()
    about = tuple(i for i in chosen if i.outstanding.currency == currency)
    return about or tuple(i for i in owed if i.outstanding.currency == currency)


# --- /hold DAYS [reason] ---------------------------------------------------------------------------------------------


def read_hold(words: str) -> HoldTerms | NotAgreed:
    """The number of days, and then the reason in any words; a long one is cut."""
    number, _, reason = words.strip().partition(" ")
    days = text_parsing.said_days(number)
    if days is None:
        return NotAgreed("days" if number else "usage")
    return hold_terms(days, reason)


def hold_terms(days: int, reason: str | None) -> HoldTerms | NotAgreed:
    """The same from values."""
    if not 1 <= days <= MOST_HOLD_DAYS:
        return NotAgreed("days")
    return HoldTerms(days, " ".join((reason or "").split())[:MOST_REASON_CHARS] or None)


# --- /dispute accept|reject [NUMBER] REASON --------------------------------------------------------------------------

_ANSWERS = {"accept": True, "reject": False, "成立": True, "不成立": False}


def is_dispute_answer(words: str) -> bool:
    """Whether what follows `/dispute` answers one, and does not note one."""
    return text_parsing.normalised(words.strip().partition(" ")[0]).casefold() in _ANSWERS


def read_dispute_answer(words: str) -> DisputeAnswer | NotAgreed:
    """The answer, perhaps the number or the id of the instalment, and the reason in any words; a long one is cut. An
    instalment's id is taken for one only if it has a digit."""
    answer, _, rest = words.strip().partition(" ")
    is_wrong = _ANSWERS.get(text_parsing.normalised(answer).casefold())
    if is_wrong is None:
        return NotAgreed("usage")
    first, _, after = rest.strip().partition(" ")
    named = after.strip() != "" and any(character.isdecimal() for character in first)
    reason = " ".join((after if named else rest).split())[:MOST_REASON_CHARS]
    return DisputeAnswer(is_wrong, first if named else None, reason) if reason else NotAgreed("no_reason")
