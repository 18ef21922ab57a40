"""What an agent agrees with a customer in a case: a promise to pay an amount by a day, or a hold. If the case has no
owner, it becomes the agent's when something is agreed, but not when the command was refused. `agreement_outcomes` finds
how a promise ends.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.agreements import promises
from bot.rules.agreements.disputes import disputes_of
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import HoldSet, HoldWithdrawn, PromiseAgreed, PromiseWithdrawn
from bot.rules.cases.who_may import MayNot
from bot.rules.customers import text_parsing
from bot.rules.customers.text_parsing import NotSaid, SaidAmount
from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import beginning
from bot.work.acting import Acting, Refusal, acting_on, refusals
from storage.agreements import case_agreements, holds, instalment_plans
from storage.agreements.holds import Hold
from storage.cases import queue
from storage.cases.agents import Agent
from storage.runtime.engine import Connection, Database

MOST_HOLD_DAYS = 60

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
    "parts",  # this number of parts is not allowed
    "too_small",  # `amounts` cannot be divided into so many parts
    "days",  # this number of days is not allowed
    "nothing_to_cancel",  # there is nothing to take back
    "no_such_instalment",
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
class Agreed:
    """What is agreed now: a promise of `amount` by `until`, or a hold without an amount. `today` is the customer's day;
    `facts` give the language and contacts for telling the customer."""

    case: Case
    facts: CustomerFacts
    today: date
    until: date
    amount: Money | None = None


def can_be_promised(act: Acting) -> tuple[Instalment, ...]:
    """What can be promised: unsettled and undisputed, earliest due first."""
    return promises.can_be_promised(act.facts, disputes_of(act.holds))


def plan_until(act: Acting) -> date | None:
    """The last day of the plan that is agreed, if one is."""
    return next((hold.until for hold in act.holds if hold.kind == "plan" and hold.plan_id is not None), None)


@refusals(NotAgreed)
async def promise(db: Database, desk: Desk, case: Case, agent: Agent, words: str, now: datetime) -> Agreed:
    """`/promise AMOUNT DATE`: the customer will pay that amount by that day, and the case waits until then. The same
    command twice makes one promise."""
    async with acting_on(db, case, agent, now) as act:
        amount, day = _read_promise(act, words)
        await act.take()
        await _set_promise(act, amount, day)
        await rest_until_over(act.conn, act.case, act.facts, agent.telegram_id, promises.rests_through(desk, day), now)
        await act.note(PromiseAgreed(day, amount.amount, amount.currency))
    return Agreed(act.case, act.facts, act.today, day, amount)


async def cancel_promise(db: Database, case: Case, agent: Agent, now: datetime) -> Agreed | NotAgreed | MayNot:
    """`/promise cancel`: reminders go on, and the case no longer waits."""
    return await _cancel(db, case, agent, "promise", now)


@refusals(NotAgreed)
async def hold(db: Database, case: Case, agent: Agent, words: str, now: datetime) -> Agreed:
    """`/hold DAYS [reason]`: all reminders rest for so many days, and the case waits until then."""
    number, _, reason = words.strip().partition(" ")
    days = text_parsing.said_days(number)
    async with acting_on(db, case, agent, now) as act:
        if days is None or not 1 <= days <= MOST_HOLD_DAYS:
            raise Refusal(NotAgreed("days" if number else "usage"))
        await act.take()
        until = act.today + timedelta(days=days)
        why = " ".join(reason.split())[:300] or None
        rests = Hold(case.customer_id, "hold", until, set_by=agent.telegram_id, reason=why, case_id=case.case_id)
        await holds.set_hold(act.conn, rests, now)
        await rest_until_over(act.conn, act.case, act.facts, agent.telegram_id, until, now)
        await act.note(HoldSet(until, why))
    return Agreed(act.case, act.facts, act.today, until)


async def cancel_hold(db: Database, case: Case, agent: Agent, now: datetime) -> Agreed | NotAgreed | MayNot:
    return await _cancel(db, case, agent, "hold", now)


async def rest_until_over(
    conn: Connection, case: Case, facts: CustomerFacts, agent_id: int, last: date, now: datetime
) -> None:
    """The case rests until that day is over. If the outcome is not known by then, the case is back in the queue."""
    over = beginning(facts.customer.zone, last + timedelta(days=1))
    await queue.snooze(conn, case.case_id, over, agent_id, now)


@refusals(NotAgreed)
async def _cancel(db: Database, case: Case, agent: Agent, kind: Literal["promise", "hold"], now: datetime) -> Agreed:
    async with acting_on(db, case, agent, now) as act:
        current = next((h for h in act.holds if h.kind == kind and h.plan_id is None), None)
        if current is None:
            raise Refusal(NotAgreed("nothing_to_cancel"))
        await act.take()
        await holds.withdraw_alone(act.conn, case.customer_id, kind, now)
        await queue.worked(act.conn, case.case_id, now)
        await case_agreements.rest_no_more(act.conn, case.case_id)
        await act.note(PromiseWithdrawn() if kind == "promise" else HoldWithdrawn())
    return Agreed(act.case, act.facts, act.today, current.until)


# --- Reading a promise -----------------------------------------------------------------------------------------------

_FILLERS = frozenset({"by", "on", "until", "before", "till"})


def _read_promise(act: Acting, words: str) -> tuple[Money, date]:
    """The amount and the day; refuses if one of them is wrong."""
    rest = [word for word in text_parsing.normalised(words).split() if word.casefold() not in _FILLERS]
    if len(rest) < 2:
        raise Refusal(NotAgreed("usage"))
    if (until := plan_until(act)) is not None:
        raise Refusal(NotAgreed("plan_exists", day=until))
    day, amount = text_parsing.said_day(rest[-1], act.today), rest[:-1]
    if day is None and (first := text_parsing.said_day(rest[0], act.today)) is not None:
        day, amount = first, rest[1:]
    if day is None:
        raise Refusal(NotAgreed("day_unreadable"))
    refuse_day(act.today, day)
    return _promised_sum(act, " ".join(amount), day)


def refuse_day(today: date, day: date) -> None:
    """Refuses a day that is past, or too far ahead to be agreed."""
    last = today + timedelta(days=promises.AGREED_WITHIN_DAYS)
    if day < today:
        raise Refusal(NotAgreed("day_past", day=day))
    if day > last:
        raise Refusal(NotAgreed("day_too_far", day=last))


def _promised_sum(act: Acting, words: str, day: date) -> tuple[Money, date]:
    can_be = can_be_promised(act)
    if not can_be:
        raise Refusal(NotAgreed("nothing_owed"))
    read = read_amount(words, can_be)
    of_currency = tuple(i for i in can_be if i.outstanding.currency == read.currency)
    due = promises.promised_for(of_currency, day)
    if not due:
        raise Refusal(NotAgreed("nothing_due_by", day=of_currency[0].due_date))
    (whole,) = total(of_currency)
    amount = read.money if read.money is not None else total(due)[0]
    if whole < amount:
        raise Refusal(NotAgreed("more_than_owed", amounts=(whole,)))
    return amount, day


def read_amount(words: str, can_be: Collection[Instalment]) -> SaidAmount:
    """The amount that was given; if it cannot be read, refuses with what is owed in each currency."""
    sums = total(tuple(can_be))
    try:
        return text_parsing.said_amount(words, [money.currency for money in sums])
    except NotSaid as wrong:
        reasons: dict[str, Reason] = {
            "decimals": "amount_decimals",
            "zero": "amount_zero",
            "which_currency": "which_currency",
            "other_currency": "other_currency",
        }
        raise Refusal(NotAgreed(reasons.get(wrong.why, "amount_unreadable"), amounts=sums)) from None


async def _set_promise(act: Acting, amount: Money, day: date) -> None:
    conn, case, now = act.conn, act.case, act.now
    current = next((h for h in act.holds if h.kind == "promise"), None)
    if current is not None and (current.until, current.amount, current.case_id) == (day, amount.amount, case.case_id):
        return
    given = Hold(
        case.customer_id,
        "promise",
        day,
        set_by=act.agent.telegram_id,
        amount=amount.amount,
        currency=amount.currency,
        case_id=case.case_id,
        paid_before=await holds.paid_in(conn, case.customer_id, amount.currency),
    )
    await holds.set_hold(conn, given, now)
    await instalment_plans.withdraw_proposals(conn, case.customer_id, now)
