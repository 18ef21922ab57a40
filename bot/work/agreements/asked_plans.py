"""What an agent decides about a plan that a customer asks for, and what follows: by a button on the case's card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from bot.message import Message
from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.agreements.promises import rests_through
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import PlanGranted, PlanRefused, PlanWithdrawn
from bot.rules.policy.desk_terms import Desk
from bot.views.agreements import customer_agreements, own_plans
from bot.views.lines import clipped
from bot.work.acting import Acting, Refusal, acting_on, refusals
from bot.work.agreements.agent_agreements import rest_until_over
from bot.work.agreements.own_plans import agree
from locales import translator
from storage.agreements import instalment_plans
from storage.cases import assignment, cases
from storage.cases.agents import Agent
from storage.customers import customer_rows
from storage.runtime import update_idempotency
from storage.runtime.engine import Database

Result = Literal["granted", "refused", "not_needed"]
RESULTS: tuple[Result, ...] = get_args(Result)
SETTLED = "plan settled"  # what an update does once


@dataclass(frozen=True, slots=True)
class Settled:
    """The agent's answer: the plan, the customer's day and language. `not_needed`: nothing is left to be paid by it."""

    result: Result
    case: Case
    plan: Plan
    today: date
    language: str


@refusals(NotAgreed)
async def settle(
    db: Database, desk: Desk, case: Case, agent: Agent, plan_id: int, agreed: bool, now: datetime
) -> Settled:
    """Agrees to what the customer asked for, or declines. Refused where it does not wait for that any more. Handled
    again after a kill, it is as it was settled, so that the customer is told of it."""
    async with acting_on(db, case, agent, now) as act:
        before, plan = (
            await update_idempotency.result_of(act.conn, SETTLED),
            await instalment_plans.plan(act.conn, plan_id),
        )
        result = next((known for known in RESULTS if known == before), None)
        if result is not None and plan is not None:
            return Settled(result, act.case, plan, act.today, act.facts.customer.spoken)
        settled = await make_answer(act, desk, plan_id, agreed)
        await update_idempotency.keep(act.conn, SETTLED, settled.result)
        return settled


async def make_answer(act: Acting, desk: Desk, plan_id: int, agreed: bool) -> Settled:
    """The same within an open transaction."""
    conn, customer_id, agent_id, now = act.conn, act.case.customer_id, act.agent.telegram_id, act.now
    await customer_rows.lock(conn, customer_id)
    plan = await instalment_plans.plan(conn, plan_id)
    if plan is None or plan.customer_id != customer_id or plan.state != "asked":
        raise Refusal(NotAgreed("nothing_to_cancel"))
    await act.take()
    await cases.mark_card_stale(conn, [customer_id])
    language = act.facts.customer.spoken
    left, _ = await instalment_plans.left_of(conn, plan)
    if agreed and not left:
        await instalment_plans.withdraw(conn, plan, now)
        await act.note(PlanWithdrawn())
        return Settled("not_needed", act.case, plan, act.today, language)
    await assignment.worked(conn, act.case.case_id, now)
    if not agreed:
        await instalment_plans.settle(conn, plan_id, agent_id, now, agreed=False)
        await act.note(PlanRefused(plan_id))
        return Settled("refused", act.case, plan, act.today, language)
    before = await instalment_plans.latest(conn, customer_id, "agreed")
    await agree(conn, plan, before, agent_id, now)
    terms = (plan_id, len(plan.parts), plan.total.amount, plan.total.currency, plan.until)
    await act.note(PlanGranted(*terms))
    await rest_until_over(conn, act.case, act.facts, agent_id, rests_through(desk, plan.until), now)
    return Settled("granted", act.case, plan, act.today, language)


def words_for_customer(done: Settled, agent_name: str) -> Message:
    """What the customer reads of the answer, in their language."""
    theirs = translator(done.language)
    if done.result == "granted":
        return customer_agreements.plan_agreed(theirs, done.plan, done.today)
    if done.result == "refused":
        return own_plans.refused(theirs, clipped(agent_name, 60))
    return customer_agreements.plan_paid(theirs)
