"""What is known about a customer who makes a plan of parts: their debts, their answers, the plan they have; and what
comes next from it. Read in one transaction, decided by rules; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, cast, get_args

from bot.rules.agreements import promises
from bot.rules.agreements.affordable_plans import Answers, Offer, Pay, about, is_payday, offers, suggestions
from bot.rules.agreements.disputes import disputes_of
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.facts.money import Money
from bot.rules.policy.plan_terms import FEWEST_PARTS
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from storage.agreements import holds, instalment_plans, plan_answers
from storage.agreements.plan_answers import Given
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection

REMEMBERED = timedelta(days=365)  # for so long a broken plan, or one that was spread again, counts
MOST_SPREADS = 2  # how often in that time a customer spreads the rest of a plan alone


@dataclass(frozen=True, slots=True)
class Question:
    """What the customer is asked next: `step` is currency, amount or payday. `owed` has the sums that a plan can be
    about, one in each currency; `suggested` what they may put aside each time. `misread` is why their words could not
    be read as an answer, as `bot.rules.customers.text_parsing.NotSaid` has it; `today` is the customer's."""

    step: Literal["currency", "amount", "payday"]
    owed: tuple[Money, ...]
    every: Pay = "month"
    amount: Money | None = None
    suggested: tuple[Money, ...] = ()
    misread: str = ""
    today: date = date.min


@dataclass(frozen=True, slots=True)
class Choice:
    """The plans that fit, to choose from. `is_changed`: what is owed has changed since these were last shown."""

    offers: tuple[Offer, ...]
    answers: Answers
    again: bool = False  # about what is left of the plan in force
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class NothingFits:
    """No plan on offer fits the answers (None: the customer can put nothing aside)."""

    answers: Answers | None


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The policy offers no plans, nothing is due soon, or so little that it has no parts."""

    reason: Literal["no_plans", "nothing_due", "too_small"]


Next = Question | Choice | NothingFits | NotOffered


@dataclass(frozen=True, slots=True)
class State:
    """The facts that decide what comes next. `debts` are what a plan would be about, in all currencies; while a plan is
    kept, what is left of it."""

    facts: CustomerFacts
    today: date
    policy: Policy
    debts: tuple[Instalment, ...]
    plan: Plan | None  # agreed, asked for, or proposed
    given: Given | None
    was_broken: bool
    was_spread_often: bool

    @property
    def agreed(self) -> Plan | None:
        return self.plan if self.plan is not None and self.plan.state == "agreed" else None

    def debts_in(self, currency: str) -> tuple[Instalment, ...]:
        return tuple(i for i in self.debts if i.outstanding.currency == currency)

    def offers(self, answers: Answers) -> tuple[Offer, ...]:
        found = offers(
            self.debts_in(answers.amount.currency),
            answers,
            self.policy,
            self.today,
            was_broken=self.was_broken,
            vulnerable=self.facts.customer.vulnerable,
        )
        if self.agreed is not None and self.was_spread_often:
            return tuple(replace(offer, needs_person=True) for offer in found)
        return found


async def read_state(conn: Connection, policy: Policy, customer_id: str, now: datetime) -> State:
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    today = local_day(facts.customer.zone, now)
    owed = promises.can_be_promised(facts, disputes_of(await holds.in_force(conn, customer_id)))
    plan = await current_plan(conn, customer_id, now)
    debts = about(owed, today)
    if plan is not None and plan.state == "agreed":
        of_plan = set(await instalment_plans.about(conn, plan))
        soon = {i.instalment_id for i in debts}
        debts = tuple(
            i for i in owed if i.instalment_id in of_plan | soon and i.outstanding.currency == plan.total.currency
        )
    since = now - REMEMBERED
    return State(
        facts,
        today,
        policy.for_segment(facts.customer.segment),
        debts,
        plan,
        await plan_answers.given(conn, customer_id),
        was_broken=await instalment_plans.count_ended(conn, customer_id, "broken", since) > 0,
        was_spread_often=await instalment_plans.count_ended(conn, customer_id, "replaced", since) >= MOST_SPREADS,
    )


async def current_plan(conn: Connection, customer_id: str, now: datetime) -> Plan | None:
    """The customer's plan: what waits for an answer of either side, else the agreed one."""
    plan = await instalment_plans.latest(conn, customer_id, "proposed", "asked", "agreed")
    if plan is None or plan.state != "proposed" or plan.answer_until is None or now < plan.answer_until:
        return plan
    return await instalment_plans.latest(conn, customer_id, "agreed")


def next_step(state: State) -> Next:
    """The next question, or the plans that fit the answers."""
    terms, given, sums = state.policy.plans, state.given, total(state.debts)
    if terms is None:
        return NotOffered("no_plans")
    large = tuple(money for money in sums if money.amount >= FEWEST_PARTS * terms.smallest(money.currency).amount)
    if not large:
        return NotOffered("too_small" if sums else "nothing_due")
    every = pace_of(given)
    known = {money.currency for money in large}
    currency = given.currency if given and given.currency in known else large[0].currency if len(large) == 1 else None
    if currency is None:
        return Question("currency", large, every)
    debts = state.debts_in(currency)
    owed = total(debts)
    if given is None or given.amount is None or given.currency != currency:
        return Question("amount", owed, every, suggested=suggestions(debts, state.policy, every))
    if given.amount == 0:
        return NothingFits(None)
    answers = answered(given)
    if answers is None:
        return Question("payday", owed, every, Money(given.amount, currency), today=state.today)
    found = state.offers(answers)
    return Choice(found, answers, again=state.agreed is not None) if found else NothingFits(answers)


def pace_of(given: Given | None) -> Pay:
    """Each week, two weeks or month; a month where nothing was said."""
    return cast(Pay, given.every) if given is not None and given.every in get_args(Pay) else "month"


def answered(given: Given | None) -> Answers | None:
    """The answers if all are given, and more than nothing can be put aside."""
    if given is None or given.currency is None or not given.amount or given.payday is None:
        return None
    every = pace_of(given)
    if not is_payday(every, given.payday):
        return None
    return Answers(every, Money(given.amount, given.currency), given.payday)
