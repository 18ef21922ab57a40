"""Instalment plans: an agent proposes equal parts of what is overdue, the customer agrees or declines. The case rests
until the answer, and while the plan is kept. `agreement_outcomes` finds plans that nobody answered, and how agreed
plans end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from bot.rules.agreements.agreed_terms import NotAgreed, PlanTerms, read_plan
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.agreements.promises import rests_through
from bot.rules.cases.agent_notices import DecidedProposal
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import PlanAgreed, PlanDeclined, PlanPaid, PlanWithdrawn, ProposalNotNeeded
from bot.rules.facts.customer_facts import Instalment
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import local_day
from bot.work.acting import Acting, Refusal, acting_on, refusals
from bot.work.agreements.agent_agreements import can_be_promised, plan_until, rest_until_over, understood
from bot.work.agreements.agreement_outcomes import wake
from storage.agreements import case_agreements, instalment_plans
from storage.cases import assignment, cases, snoozes
from storage.cases.agents import Agent
from storage.customers import reachability, telegram_links
from storage.facts.customer_facts import facts_of
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database

ENDED = "plan ended"  # what an update does once: which plan, and in which state it was


@dataclass(frozen=True, slots=True)
class Proposed:
    """A plan that the customer is asked about now, and their day."""

    plan: Plan
    case: Case
    about: tuple[Instalment, ...]
    today: date
    language: str
    user_id: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of a customer's answer. `plan` is the plan in force now, or None. `gone`: the proposal is no longer
    there; `already`: it got the same answer before."""

    result: Literal["agreed", "declined", "already", "gone", "paid", "not_needed"]
    plan: Plan | None
    today: date


@refusals(NotAgreed)
async def propose(db: Database, case: Case, agent: Agent, words: str, now: datetime) -> Proposed:
    """`/plan N [FIRST_DATE] [every week|2 weeks|month]`. It is about the overdue instalments (all instalments if none
    is overdue, or with "all"), or about the instalments that are named. The case rests until the customer answers or
    the proposal expires."""
    async with acting_on(db, case, agent, now) as act:
        user_id = await may_propose(act)
        return await make_proposal(act, understood(read_plan(words, can_be_promised(act), act.today)), user_id)


async def may_propose(act: Acting) -> int:
    """The customer's account, where a plan can be proposed to it; refuses if one is agreed, or nothing reaches them."""
    if (until := plan_until(act)) is not None:
        raise Refusal(NotAgreed("plan_exists", day=until))
    user_id = await telegram_links.linked_user(act.conn, act.case.customer_id)
    if user_id is None or await reachability.is_dead(act.conn, act.case.customer_id, "telegram"):
        raise Refusal(NotAgreed("not_reachable"))
    return user_id


async def make_proposal(act: Acting, terms: PlanTerms, user_id: int) -> Proposed:
    """Makes a proposal of these terms, within the transaction."""
    await act.take()
    plan = await instalment_plans.plan(act.conn, await _write(act, terms))
    assert plan is not None and plan.answer_until is not None, "it was written just now"
    await snoozes.snooze(act.conn, act.case.case_id, plan.answer_until, act.agent.telegram_id, act.now)
    return Proposed(plan, act.case, terms.about, act.today, act.facts.customer.spoken, user_id)


@refusals(NotAgreed)
async def withdraw(db: Database, case: Case, agent: Agent, now: datetime) -> Plan:
    """`/plan cancel`: takes back the plan that is proposed, asked for or agreed. Returns it as it was; handled again
    after a kill too, so that the customer is told of it."""
    async with acting_on(db, case, agent, now) as act:
        if (before := await update_idempotency.result_of(act.conn, ENDED)) is not None:
            number, _, state = before.partition(" ")
            ended = await instalment_plans.plan(act.conn, int(number))
            assert ended is not None, "plans are not deleted while their update waits"
            return replace(ended, state=state)
        plan = await end_plan(act)
        await update_idempotency.keep(act.conn, ENDED, f"{plan.plan_id} {plan.state}")
        return plan


async def end_plan(act: Acting) -> Plan:
    """Takes the customer's plan back, within the transaction; refuses if there is none."""
    plan = await instalment_plans.latest(act.conn, act.case.customer_id, "proposed", "asked", "agreed")
    if plan is None:
        raise Refusal(NotAgreed("nothing_to_cancel"))
    await act.take()
    await instalment_plans.withdraw(act.conn, plan, act.now)
    await assignment.worked(act.conn, act.case.case_id, act.now)
    await case_agreements.rest_no_more(act.conn, act.case.case_id)
    await act.note(PlanWithdrawn())
    return plan


async def language_of(db: Database, customer_id: str) -> str:
    """In which language the customer is written to."""
    async with db.read() as conn:
        facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    return facts.customer.spoken


async def drop_unshown(db: Database, plan: Plan, now: datetime) -> None:
    """The proposal did not reach the customer: it is deleted, and the case does not wait for it."""
    async with db.write() as conn:
        if await instalment_plans.withdraw(conn, plan, now) and plan.case_id is not None:
            await case_agreements.rest_no_more(conn, plan.case_id)


async def decide(db: Database, desk: Desk, customer_id: str, plan_id: int, agreed: bool, now: datetime) -> Decided:
    """The customer agrees to the proposal, or declines. The same answer twice counts once. A plan that was taken back,
    has another answer, or belongs to somebody else does not change."""
    async with db.write() as conn:
        today = await _today(conn, customer_id, now)
        before = await instalment_plans.plan(conn, plan_id)
        if before is None or before.customer_id != customer_id:
            return Decided("gone", await _plan_of(conn, customer_id, now), today)
        left, came_in = await instalment_plans.left_of(conn, before)
        if agreed and before.state == "proposed" and not left:
            await instalment_plans.withdraw(conn, before, now)
            await _tell_settled(conn, desk, before, PlanPaid(plan_id) if came_in else ProposalNotNeeded(plan_id), now)
            return Decided("paid" if came_in else "not_needed", None, today)
        if not await instalment_plans.decide(conn, plan_id, customer_id, agreed, now):
            same = before.state == ("agreed" if agreed else "declined")
            return Decided("already" if same else "gone", await _plan_of(conn, customer_id, now), today)
        if agreed:
            await instalment_plans.begin(conn, before, now)
        await _tell_case(conn, desk, before, agreed, today, now)
        return Decided("agreed" if agreed else "declined", await instalment_plans.plan(conn, plan_id), today)


async def _tell_case(conn: Connection, desk: Desk, plan: Plan, agreed: bool, today: date, now: datetime) -> None:
    """With an agreed plan the case rests until the last part; without one, an agent has to find another way."""
    case = await cases.open_case_of(conn, plan.customer_id)
    if case is None:
        return
    terms = (plan.plan_id, len(plan.parts), plan.total.amount, plan.total.currency, plan.until)
    await wake(conn, desk, case, PlanAgreed(*terms) if agreed else PlanDeclined(*terms), now)
    facts = await facts_of(conn, plan.customer_id)
    current = await cases.case(conn, case.case_id)
    if agreed and facts is not None and current is not None:
        last = rests_through(desk, plan.until)
        await rest_until_over(conn, current, facts, plan.proposed_by or 0, last, now)


async def _tell_settled(conn: Connection, desk: Desk, plan: Plan, why: DecidedProposal, now: datetime) -> None:
    """The debts were settled before the answer: the case does not wait for it any more."""
    case = await cases.open_case_of(conn, plan.customer_id)
    if case is not None:
        await wake(conn, desk, case, why, now)


async def _plan_of(conn: Connection, customer_id: str, now: datetime) -> Plan | None:
    plan = await instalment_plans.latest(conn, customer_id, "proposed", "agreed")
    if plan is None or plan.state == "agreed" or plan.answer_until is None or now < plan.answer_until:
        return plan
    return await instalment_plans.latest(conn, customer_id, "agreed")


async def _today(conn: Connection, customer_id: str, now: datetime) -> date:
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    return local_day(facts.customer.zone, now)


async def _write(act: Acting, terms: PlanTerms) -> int:
    """The same proposal, made again before it was answered, is one proposal."""
    conn, case = act.conn, act.case
    stood = await instalment_plans.latest(conn, case.customer_id, "proposed")
    ids = [instalment.instalment_id for instalment in terms.about]
    if stood is not None and stood.parts == terms.parts and await instalment_plans.about(conn, stood) == ids:
        return stood.plan_id
    return await instalment_plans.propose(
        conn, case.customer_id, case.case_id, terms.parts, ids, act.agent.telegram_id, act.now
    )
