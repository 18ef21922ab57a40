"""What an agent is shown about a case: the card's facts, the queue's rows, and in which language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.rules.cases.case import Agreed, Asked, AskedPlan, CanPay, Case, CaseCard
from bot.rules.cases.deadlines import with_due
from bot.rules.facts.money import Money
from bot.rules.languages import first_known
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from bot.work.agreements.plan_states import pace_of
from storage.agreements import holds, instalment_plans, plan_answers, promises_kept
from storage.agreements.holds import Hold
from storage.agreements.plan_answers import Given
from storage.cases import agents, cases
from storage.cases.agents import Agent
from storage.customers import reachability, telegram_links
from storage.facts.customer_facts import facts_of
from storage.reminders import contacts, signs_of_life
from storage.runtime.engine import Connection, Database

SHOWN = 10  # reminders and answers on a card, cases in the queue


async def card_facts(conn: Connection, case: Case, now: datetime, policy: Policy) -> CaseCard:
    """Everything that the case's card shows, as it is now; deadlines by the clock of the policy's desk."""
    facts = await facts_of(conn, case.customer_id)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    given = await plan_answers.given(conn, case.customer_id)
    linked = await telegram_links.linked_user(conn, case.customer_id)
    dead = await reachability.why_channel_is_dead(conn, case.customer_id, "telegram")
    return CaseCard(
        case=with_due(policy.desk, case, now),
        facts=facts,
        today=local_day(facts.customer.zone, now),
        notices=await contacts.recent_notices(conn, case.customer_id, SHOWN),
        answers=await signs_of_life.recent_answers(conn, case.customer_id, SHOWN),
        reachable=linked is not None and dead in (None, reachability.WRONG_PERSON),
        agreed=await agreed_with(conn, case.customer_id),
        desk_zone=policy.desk.time_zone,
        asked=await asked_of(conn, case.customer_id, now),
        can_pay=_can_pay(given),
        asked_plan=await _asked_plan(conn, case.customer_id),
        policy=policy.for_segment(facts.customer.segment),
        at=now,
    )


async def read_card(db: Database, case: Case, now: datetime, policy: Policy) -> CaseCard:
    """The same in a transaction of its own."""
    async with db.read() as conn:
        return await card_facts(conn, case, now, policy)


async def asked_of(conn: Connection, customer_id: str, now: datetime) -> Asked | None:
    """The plan that this customer has to answer, if one was proposed."""
    plan = await instalment_plans.latest(conn, customer_id, "proposed")
    if plan is None or plan.answer_until is None or plan.answer_until <= now:
        return None
    return Asked(plan.total, plan.answer_until)


def _can_pay(given: Given | None) -> CanPay | None:
    if given is None or given.amount is None or given.currency is None:
        return None
    return CanPay(pace_of(given), Money(given.amount, given.currency), given.payday)


async def _asked_plan(conn: Connection, customer_id: str) -> AskedPlan | None:
    plan = await instalment_plans.latest(conn, customer_id, "asked")
    return None if plan is None else AskedPlan(plan.plan_id, tuple((p.due_date, p.amount) for p in plan.parts))


async def agreed_with(conn: Connection, customer_id: str) -> tuple[Agreed, ...]:
    """What is agreed with this customer. A plan has a hold for each of its instalments, and is listed once."""
    in_force = await holds.in_force(conn, customer_id)
    came_in = await promises_kept.came_in(conn, customer_id)
    seen = any(hold.seen_by is not None for hold in in_force)
    names = {agent.telegram_id: agent.name for agent in await agents.list_agents(conn)} if seen else {}
    return tuple(_agreed(h, came_in, names) for h in in_force if h.plan_id is None or h.kind == "plan")


def _agreed(hold: Hold, came_in: Mapping[int, int], names: Mapping[int, str]) -> Agreed:
    seen_by = names.get(hold.seen_by or 0, "")
    if hold.amount is None or hold.currency is None:
        waits = hold.answer_by if hold.alarm_at is not None else None
        return Agreed(hold.kind, hold.until, seen_by=seen_by, answer_by=waits)
    paid = came_in.get(hold.hold_id or 0)
    so_far = None if paid is None else Money(max(0, paid), hold.currency)
    return Agreed(hold.kind, hold.until, Money(hold.amount, hold.currency), so_far, seen_by)


async def desk_language(conn: Connection, case: Case | None) -> str:
    """The language in which the bot writes in the agents' group: that of the case's owner, else of the first agent."""
    known = await agents.list_agents(conn)
    owner = [a for a in known if case is not None and a.telegram_id == case.owner_id]
    return agent_language([*owner, *known])


async def language_at_the_desk(db: Database, customer_id: str | None) -> str:
    """The same for what a customer writes in their open case."""
    async with db.read() as conn:
        case = await cases.open_case_of(conn, customer_id) if customer_id is not None else None
        return await desk_language(conn, case)


def agent_language(people_in_order: Sequence[Agent]) -> str:
    """The first language that one of these agents reads and duebot writes; English if there is none."""
    return first_known(tag for someone in people_in_order for tag in someone.languages) or "en"
