"""What an agent agrees with a customer from outside the case's topic: a promise, a hold, a plan; and taking it back.

The rules are those of `/promise`, `/hold` and `/plan`, and the customer reads the same words. The desk sends them, and
a plan that does not arrive is taken back. Each function returns what was agreed, or why it was refused.
"""

from __future__ import annotations

from datetime import date

from bot.rules.agreements.agreed_terms import PlanWish, hold_terms, plan_terms, promise_terms
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.cases import case_events_agreements as events
from bot.rules.cases.event_codec import Event
from bot.rules.policy.desk_terms import Desk
from bot.views.agreements import customer_agreements, own_plans
from bot.views.lines import clipped
from bot.work.acting import Acting
from bot.work.acting_outside import (
    CaseAction,
    acting_outside,
    refusals_are_values,
    tell_customer,
    tell_topic,
)
from bot.work.agreements import instalment_plans
from bot.work.agreements.agent_agreements import (
    Agreed,
    can_be_promised,
    end_agreed,
    make_hold,
    make_promise,
    plan_until,
    understood,
)
from bot.work.agreements.asked_plans import Settled, make_answer, words_for_customer
from bot.work.agreements.instalment_plans import Proposed
from locales import Translator, translator


@refusals_are_values
async def promise(action: CaseAction, desk: Desk, amount: str | None, currency: str | None, day: date) -> Agreed:
    """The customer will pay that amount by that day, and the case waits until then. `amount` is a decimal string, None
    for all that is due by then; `currency` only has to be given if several are owed."""
    async with acting_outside(action) as act:
        terms = promise_terms(amount, currency, day, can_be_promised(act), act.today, plan_until(act))
        done = await make_promise(act, desk, understood(terms))
        assert done.amount is not None, "a promise is of a sum"
        await tell_topic(act, events.PromiseAgreed)
        words = customer_agreements.promise_noted(_theirs(act), act.agent.name, done.amount, done.until, act.today)
        await tell_customer(act, words)
    return done


@refusals_are_values
async def end_promise(action: CaseAction) -> Agreed:
    """Reminders go on, and the case no longer waits."""
    async with acting_outside(action) as act:
        done = await end_agreed(act, "promise")
        await tell_topic(act, events.PromiseWithdrawn)
    return done


@refusals_are_values
async def hold(action: CaseAction, days: int, reason: str | None) -> Agreed:
    """All reminders rest for so many days, and the case waits until then."""
    async with acting_outside(action) as act:
        done = await make_hold(act, understood(hold_terms(days, reason)))
        await tell_topic(act, events.HoldSet)
        await tell_customer(act, customer_agreements.hold_noted(_theirs(act), act.agent.name, done.until, act.today))
    return done


@refusals_are_values
async def end_hold(action: CaseAction) -> Agreed:
    async with acting_outside(action) as act:
        done = await end_agreed(act, "hold")
        await tell_topic(act, events.HoldWithdrawn)
    return done


@refusals_are_values
async def plan(action: CaseAction, wish: PlanWish) -> Proposed:
    """Proposes a plan to the customer, who agrees or declines; the case waits for their answer."""
    async with acting_outside(action) as act:
        user_id = await instalment_plans.may_propose(act)
        terms = understood(plan_terms(wish, can_be_promised(act), act.today))
        done = await instalment_plans.make_proposal(act, terms, user_id)
        await tell_topic(act, events.PlanProposed)
        words = customer_agreements.plan_proposed(_theirs(act), act.agent.name, done.plan, act.today)
        await tell_customer(act, words, done.plan.plan_id)
    return done


@refusals_are_values
async def end_plan(action: CaseAction) -> Plan:
    """Takes back the plan that is proposed, asked for or agreed; returns it as it was."""
    async with acting_outside(action) as act:
        done = await instalment_plans.end_plan(act)
        await tell_topic(act, events.PlanWithdrawn)
        if done.state != "proposed":
            name = clipped(act.agent.name, 60)
            await tell_customer(act, own_plans.end_by_agent(_theirs(act), name, done.state))
    return done


@refusals_are_values
async def answer_asked_plan(action: CaseAction, desk: Desk, plan_id: int, agreed: bool) -> Settled:
    """Agrees to the plan that the customer asks for, or declines it."""
    async with acting_outside(action) as act:
        done = await make_answer(act, desk, plan_id, agreed)
        await tell_topic(act, _ANSWERS[done.result])
        await tell_customer(act, words_for_customer(done, act.agent.name))
    return done


_ANSWERS: dict[str, type[Event]] = {
    "granted": events.PlanGranted,
    "refused": events.PlanRefused,
    "not_needed": events.PlanWithdrawn,
}


def _theirs(act: Acting) -> Translator:
    return translator(act.facts.customer.spoken)
