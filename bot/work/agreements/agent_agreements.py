"""What an agent agrees with a customer in a case: a promise to pay an amount by a day, or a hold. If the case has no
owner, it becomes the agent's when something is agreed, but not when the command was refused. `agreement_outcomes` finds
how a promise ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

from bot.rules.agreements import promises
from bot.rules.agreements.agreed_terms import HoldTerms, NotAgreed, PromiseTerms, read_hold, read_promise
from bot.rules.agreements.disputes import disputes_of
from bot.rules.agreements.holds import IN_DISTRESS
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import HoldSet, HoldWithdrawn, PromiseAgreed, PromiseWithdrawn
from bot.rules.cases.who_may import MayNot
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import beginning
from bot.work.acting import Acting, Refusal, acting_on, refusals
from storage.agreements import case_agreements, holds, instalment_plans
from storage.agreements.holds import Hold
from storage.agreements.promises import paid_in
from storage.cases import assignment, snoozes
from storage.cases.agents import Agent
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database

T = TypeVar("T")
Cancelled = Literal["promise", "hold"]
AGREED = "agreed"  # what an update does once: until when, and of what sum


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed now: a promise of `amount` by `until`, or a hold without an amount. `today` is the customer's day;
    `facts` give the language and contacts for telling the customer. `again`: it was agreed by this very update, before
    a kill."""

    case: Case
    facts: CustomerFacts
    today: date
    until: date
    amount: Money | None = None
    again: bool = False


def can_be_promised(act: Acting) -> tuple[Instalment, ...]:
    """What can be promised: unsettled and undisputed, earliest due first."""
    return promises.can_be_promised(act.facts, disputes_of(act.holds))


def plan_until(act: Acting) -> date | None:
    """The last day of the plan that is agreed, if one is."""
    return next((hold.until for hold in act.holds if hold.kind == "plan" and hold.plan_id is not None), None)


def understood(read: T | NotAgreed) -> T:
    """What was read; a refusal where it cannot be."""
    if isinstance(read, NotAgreed):
        raise Refusal(read)
    return read


@refusals(NotAgreed)
async def promise(db: Database, desk: Desk, case: Case, agent: Agent, words: str, now: datetime) -> Agreed:
    """`/promise AMOUNT DATE`: the customer will pay that amount by that day, and the case waits until then. The same
    command twice makes one promise."""

    async def agree(act: Acting) -> Agreed:
        terms = understood(read_promise(words, can_be_promised(act), act.today, plan_until(act)))
        return await make_promise(act, desk, terms)

    async with acting_on(db, case, agent, now) as act:
        return await _once(act, agree)


async def make_promise(act: Acting, desk: Desk, terms: PromiseTerms) -> Agreed:
    """Makes a promise of these terms, within the transaction."""
    amount, day, by = terms.amount, terms.day, act.agent.telegram_id
    await act.take()
    await _set_promise(act, amount, day)
    await rest_until_over(act.conn, act.case, act.facts, by, promises.rests_through(desk, day), act.now)
    await act.note(PromiseAgreed(day, amount.amount, amount.currency))
    return Agreed(act.case, act.facts, act.today, day, amount)


async def cancel_promise(db: Database, case: Case, agent: Agent, now: datetime) -> Agreed | NotAgreed | MayNot:
    """`/promise cancel`: reminders go on, and the case no longer waits."""
    return await _cancel(db, case, agent, "promise", now)


@refusals(NotAgreed)
async def hold(db: Database, case: Case, agent: Agent, words: str, now: datetime) -> Agreed:
    """`/hold DAYS [reason]`: all reminders rest for so many days, and the case waits until then."""
    async with acting_on(db, case, agent, now) as act:
        return await _once(act, lambda act: make_hold(act, understood(read_hold(words))))


async def make_hold(act: Acting, terms: HoldTerms) -> Agreed:
    """Makes a hold of these terms, within the transaction."""
    await act.take()
    case, by, now = act.case, act.agent.telegram_id, act.now
    until, why = act.today + timedelta(days=terms.days), terms.reason
    rests = Hold(case.customer_id, "hold", until, set_by=by, reason=why, case_id=case.case_id)
    await holds.set_hold(act.conn, rests, now)
    await rest_until_over(act.conn, case, act.facts, by, until, now)
    await act.note(HoldSet(until, why))
    return Agreed(case, act.facts, act.today, until)


async def cancel_hold(db: Database, case: Case, agent: Agent, now: datetime) -> Agreed | NotAgreed | MayNot:
    return await _cancel(db, case, agent, "hold", now)


async def rest_until_over(
    conn: Connection, case: Case, facts: CustomerFacts, agent_id: int, last: date, now: datetime
) -> None:
    """The case rests until that day is over. If the outcome is not known by then, the case is back in the queue."""
    over = beginning(facts.customer.zone, last + timedelta(days=1))
    await snoozes.snooze(conn, case.case_id, over, agent_id, now)


@refusals(NotAgreed)
async def _cancel(db: Database, case: Case, agent: Agent, kind: Cancelled, now: datetime) -> Agreed:
    async with acting_on(db, case, agent, now) as act:
        return await _once(act, lambda act: end_agreed(act, kind))


async def _once(act: Acting, do: Callable[[Acting], Awaitable[Agreed]]) -> Agreed:
    """Does it, or finds what the same update did before a kill, so that everybody is told of it."""
    if (before := await update_idempotency.result_of(act.conn, AGREED)) is not None:
        until, *amount = before.split()
        agreed = Money(int(amount[0]), amount[1]) if amount else None
        return Agreed(act.case, act.facts, act.today, date.fromisoformat(until), agreed, again=True)
    done = await do(act)
    amount_of = f" {done.amount.amount} {done.amount.currency}" if done.amount is not None else ""
    await update_idempotency.keep(act.conn, AGREED, f"{done.until}{amount_of}")
    return done


async def end_agreed(act: Acting, kind: Cancelled) -> Agreed:
    """Takes the promise or the hold back, within the transaction; refuses if there is none."""
    kinds = (kind, IN_DISTRESS) if kind == "hold" else (kind,)
    current = next((h for h in act.holds if h.kind in kinds and h.plan_id is None), None)
    if current is None:
        raise Refusal(NotAgreed("nothing_to_cancel"))
    await act.take()
    for each in kinds:
        await holds.withdraw_alone(act.conn, act.case.customer_id, each, act.now)
    await assignment.worked(act.conn, act.case.case_id, act.now)
    await case_agreements.rest_no_more(act.conn, act.case.case_id)
    await act.note(PromiseWithdrawn() if kind == "promise" else HoldWithdrawn())
    return Agreed(act.case, act.facts, act.today, current.until)


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
        paid_before=await paid_in(conn, case.customer_id, amount.currency),
    )
    await holds.set_hold(conn, given, now)
    await instalment_plans.withdraw_proposals(conn, case.customer_id, now)
