"""Instalment plans: an agent proposes equal parts of what is overdue, the customer agrees or declines. The case rests
until the answer, and while the plan is kept. `agreement_outcomes` finds plans that nobody answered, and how agreed
plans end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.agreements import instalment_plans as rules
from bot.rules.agreements.instalment_plans import Every, Part, Plan
from bot.rules.agreements.promises import rests_through
from bot.rules.cases.agent_notices import DecidedProposal
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import PlanAgreed, PlanDeclined, PlanPaid, PlanWithdrawn, ProposalNotNeeded
from bot.rules.customers import text_parsing
from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import local_day
from bot.work.acting import Acting, Refusal, acting_on, refusals
from bot.work.agreements.agent_agreements import NotAgreed, can_be_promised, plan_until, refuse_day, rest_until_over
from bot.work.agreements.agreement_outcomes import wake
from storage.agreements import case_agreements, instalment_plans
from storage.cases import cases, queue
from storage.cases.agents import Agent
from storage.customers import people
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database


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
        conn = act.conn
        if (until := plan_until(act)) is not None:
            raise Refusal(NotAgreed("plan_exists", day=until))
        user_id = await people.linked_user(conn, case.customer_id)
        if user_id is None or await people.is_dead(conn, case.customer_id, "telegram"):
            raise Refusal(NotAgreed("not_reachable"))
        about, parts = _read(act, words)
        await act.take()
        plan = await instalment_plans.plan(conn, await _write(act, about, parts))
        assert plan is not None and plan.answer_until is not None, "it was written just now"
        await queue.snooze(conn, case.case_id, plan.answer_until, agent.telegram_id, now)
    return Proposed(plan, act.case, about, act.today, act.facts.customer.language or "en", user_id)


@refusals(NotAgreed)
async def withdraw(db: Database, case: Case, agent: Agent, now: datetime) -> Plan:
    """`/plan cancel`: takes back the proposed or agreed plan. Returns the plan as it was."""
    async with acting_on(db, case, agent, now) as act:
        plan = await instalment_plans.latest(act.conn, case.customer_id, "proposed", "agreed")
        if plan is None:
            raise Refusal(NotAgreed("nothing_to_cancel"))
        await act.take()
        await instalment_plans.withdraw(act.conn, plan, now)
        await queue.worked(act.conn, case.case_id, now)
        await case_agreements.rest_no_more(act.conn, case.case_id)
        await act.note(PlanWithdrawn())
    return plan


async def drop_unshown(db: Database, plan: Plan, now: datetime) -> None:
    """The proposal did not reach the customer: it is deleted, and the case does not wait for it."""
    async with db.write() as conn:
        if await instalment_plans.withdraw(conn, plan, now) and plan.case_id is not None:
            await case_agreements.rest_no_more(conn, plan.case_id)


async def plan_of(db: Database, customer_id: str, now: datetime) -> tuple[Plan | None, date]:
    """The customer's plan, proposed or agreed, and their day."""
    async with db.read() as conn:
        return await _plan_of(conn, customer_id, now), await _today(conn, customer_id, now)


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


async def _write(act: Acting, about: Sequence[Instalment], parts: Sequence[Part]) -> int:
    """The same proposal, made again before it was answered, is one proposal."""
    conn, case = act.conn, act.case
    current = await instalment_plans.latest(conn, case.customer_id, "proposed")
    ids = [instalment.instalment_id for instalment in about]
    if current is not None and current.parts == tuple(parts) and await instalment_plans.about(conn, current) == ids:
        return current.plan_id
    return await instalment_plans.propose(
        conn, case.customer_id, case.case_id, parts, ids, act.agent.telegram_id, act.now
    )


# --- Reading the terms -----------------------------------------------------------------------------------------------

_EVERY: Sequence[tuple[str, Every]] = (
    (r"(?:every )?(?:2|two) weeks|biweekly|fortnightly|每两周|每兩週|每2周|每2週|每隔?两周", "2 weeks"),
    (r"every week|weekly|每周|每週|每星期", "week"),
    (r"every month|monthly|每月|每个月|每個月", "month"),
)
_ALL = frozenset({"all", "everything", "全部"})


def _read(act: Acting, words: str) -> tuple[tuple[Instalment, ...], tuple[Part, ...]]:
    """The instalments of the plan and its parts; refuses if something in the command is wrong."""
    number, _, rest = text_parsing.normalised(words).partition(" ")
    number = number.removesuffix("期")
    if not number.isdecimal():
        raise Refusal(NotAgreed("usage"))
    if not rules.FEWEST_PARTS <= int(number[:4]) <= rules.MOST_PARTS:
        raise Refusal(NotAgreed("parts"))
    every, rest = _every(rest)
    first, everything = act.today + timedelta(days=rules.USUAL_FIRST_DAYS), False
    named: list[str] = []
    for word in rest.split():
        if word.casefold() in _ALL:
            everything = True
        elif (day := text_parsing.said_day(word, act.today)) is not None:
            first = day
        else:
            named.append(word)
    refuse_day(act.today, first)
    about = _about(act, named, everything)
    (whole,) = total(about)
    if whole.amount < int(number):
        raise Refusal(NotAgreed("too_small", amounts=(whole,)))
    return about, rules.divided(whole, int(number), first, every)


def _every(words: str) -> tuple[Every, str]:
    for pattern, every in _EVERY:
        rest, found = re.subn(rf"(?<!\S)(?:{pattern})(?!\S)", " ", words, flags=re.IGNORECASE)
        if found:
            return every, rest
    return "month", words


def _about(act: Acting, named: Sequence[str], everything: bool) -> tuple[Instalment, ...]:
    """The instalments of a plan; all must be in one currency."""
    owed = can_be_promised(act)
    if not owed:
        raise Refusal(NotAgreed("nothing_owed"))
    by_id = {text_parsing.normalised(i.instalment_id).casefold(): i.instalment_id for i in owed}
    sums = total(owed)
    codes = [word.upper() for word in named if len(word) == 3 and word.isalpha() and word.casefold() not in by_id]
    ids = {by_id[word.casefold()] for word in named if word.casefold() in by_id}
    unknown = [word for word in named if word.casefold() not in by_id and word.upper() not in codes]
    if unknown or len(codes) > 1:
        raise Refusal(NotAgreed("usage"))
    overdue = {i.instalment_id for i in owed if i.due_date < act.today}
    chosen = [i for i in owed if everything or i.instalment_id in ids or i.instalment_id in overdue]
    chosen = chosen or list(owed)
    currencies = {i.outstanding.currency for i in chosen}
    if codes and codes[0] not in {money.currency for money in sums}:
        raise Refusal(NotAgreed("other_currency", amounts=sums))
    if not codes and len(currencies) > 1:
        raise Refusal(NotAgreed("which_currency", amounts=sums))
    currency = codes[0] if codes else currencies.pop()
    about = tuple(i for i in chosen if i.outstanding.currency == currency)
    return about or tuple(i for i in owed if i.outstanding.currency == currency)
