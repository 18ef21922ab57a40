"""Outcomes of agreements: what follows when a promise or plan was kept, broken or is not needed any more, when nobody
answered a plan, and when a call-back is due. The planning round calls it; `storage.agreements.holds_ending` finds what
ended and how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.rules.agreements.instalment_plans import parts_per_million
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.agent_notices import EndedAgreement, ToldInPrivate
from bot.rules.cases.case import Case, Due
from bot.rules.cases.case_events import CallBack
from bot.rules.cases.case_events_agreements import (
    PlanBroken,
    PlanKept,
    PlanNotNeeded,
    PlanUnanswered,
    PromiseBroken,
    PromiseKept,
    PromiseNotNeeded,
)
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.cases.deadlines import due_after_snooze
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import zones
from bot.work.agreements import dispute_answers
from storage.agreements import (
    agreement_outcomes,
    case_agreements,
    disputes,
    holds,
    holds_ending,
    instalment_plans,
    payments_received,
    plan_answers,
)
from storage.agreements.agreement_outcomes import Ended
from storage.agreements.agreements_due import is_anything_due
from storage.agreements.holds import ENDED, chunks
from storage.agreements.holds_ending import JudgingTerms
from storage.cases import assignment, cases, cases_opening, snoozes
from storage.facts.customer_facts import facts_of
from storage.facts.debts import Audience
from storage.runtime.engine import Connection, Database

REST_DAYS = 30  # a rest within the tolerance is left alone for so many days
OUTCOME: Mapping[str, CaseOutcome] = {"promise": "promised", "plan": "plan"}
ENDED_AS: Mapping[tuple[str, str], type[EndedAgreement]] = {
    ("promise", "kept"): PromiseKept,
    ("promise", "broken"): PromiseBroken,
    ("promise", "not_needed"): PromiseNotNeeded,
    ("plan", "kept"): PlanKept,
    ("plan", "broken"): PlanBroken,
    ("plan", "not_needed"): PlanNotNeeded,
}


def judging_terms(desk: Desk, audience: Audience) -> JudgingTerms:
    """The terms by which promises and plans are judged on the audience's day."""
    return JudgingTerms(audience.today - timedelta(days=desk.promise_days), parts_per_million(desk.promise_tolerance))


async def end_holds(conn: Connection, desk: Desk, audience: Audience, now: datetime) -> tuple[list[int], int, int]:
    """Ends the holds that are over, with everything that follows. Returns the ids of these holds, how many cases were
    opened, and how many were closed."""
    ended = await holds_ending.end_holds(conn, audience, judging_terms(desk, audience), now)
    if not ended:
        return [], 0, 0
    opened = 0
    for some in chunks(ended):
        opened += await cases_opening.open_for(conn, agreement_outcomes.broken(), {ENDED.key: some}, now)
    await holds.to_be_told(conn, ended)
    given = await agreement_outcomes.given_of(conn, ended)
    closed = await _follow_up(conn, given, desk, audience, now) if given else 0
    return ended, opened, closed


async def handle_due_agreements(db: Database, desk: Desk, now: datetime) -> int:
    """Tells agents about call-backs and answers to disputes that are due, plans that nobody answered, and payments of
    an interrupted import; returns how many there are."""
    soon = now + desk.remind_before
    async with db.read() as conn:
        if not await is_anything_due(conn, soon, now):
            return 0
        came_in = await payments_received.any_unreported(conn, now)
        unanswered = await instalment_plans.any_expired(conn, now)
        calls = await case_agreements.calls_until(conn, soon)
        unneeded = await plan_answers.any_unneeded(conn, now)
        disputed = await disputes.alarms_until(conn, soon)
    if unneeded:
        async with db.write() as conn:
            await plan_answers.drop_unneeded(conn, now)
    if not (came_in or unanswered or calls or disputed):
        return 0
    async with db.write() as conn:
        told = await payments_received.report_changes(conn, now) if came_in else 0
        called = [case for case in calls if await case_agreements.end_call_wait(conn, case)]
        for case in called:
            await _call_is_due(conn, case, now)
        expired = await end_unanswered(conn, desk, now)
        answers = await dispute_answers.tell_due(conn, desk, soon, now) if disputed else 0
    return told + len(called) + expired + answers


async def end_unanswered(conn: Connection, desk: Desk, now: datetime) -> int:
    """Ends plans that nobody answered in time, and wakes their cases; returns how many there were."""
    expired = await instalment_plans.expire(conn, now)
    for plan_id, case_id in expired:
        case = None if case_id is None else await cases.case(conn, case_id)
        if case is not None and case.is_open:
            await wake(conn, desk, case, PlanUnanswered(plan_id), now)
    return len(expired)


async def wake(conn: Connection, desk: Desk, case: Case, why: ToldInPrivate, now: datetime) -> None:
    """Ends the waiting of a case: its topic is told, and its owner in private."""
    due = due_after_snooze(desk, case, now)
    await snoozes.wake(conn, case.case_id, case.owner_id, why, now, due, to_tell=True)


async def _call_is_due(conn: Connection, case: Case, now: datetime) -> None:
    assert case.call_at is not None, "it was found by it"
    facts = await facts_of(conn, case.customer_id)
    zone = zones(facts.customer.zone)[0].key if facts is not None else "UTC"
    due, why = Due(case.call_at, "call_back"), CallBack(case.call_at, zone)
    await snoozes.wake(conn, case.case_id, case.owner_id, why, now, due, to_tell=True)


async def _follow_up(conn: Connection, given: Sequence[Ended], desk: Desk, audience: Audience, now: datetime) -> int:
    """Writes into each customer's open case how the agreement ended, and ends its waiting. The case closes if nothing
    is left to do."""
    customer_ids = sorted({each.customer_id for each in given})
    open_cases = await case_agreements.open_cases(conn, customer_ids)
    overdue = await case_agreements.overdue(conn, customer_ids, audience.today)
    closing: dict[int, str] = {}
    resting: list[str] = []
    for each in given:
        case = open_cases.get(each.customer_id)
        if case is None:
            continue
        left = overdue.get(each.customer_id, {})
        closes = each.why == "kept" and each.agreed_in == case.case_id and _nothing_left(each, left)
        closes = closes and case.reason != CaseReason.DISTRESS  # only a person ends that
        event = _event(each, left, closes)
        if closes:
            closing[case.case_id] = OUTCOME[each.kind]
            resting += [each.customer_id] if left else []
        settles = each.why == "not_needed" and not left and case.due_since is not None  # the case closes by itself
        if not closes and not settles and (each.why == "broken" or each.agreed_in == case.case_id):
            await wake(conn, desk, case, event, now)
        else:
            await cases.add_event(conn, case.case_id, event, now, to_tell=True)
        if each.why == "broken" and case.owner_id is None and each.set_by is not None:
            await assignment.keep_for(conn, case.case_id, each.set_by, event, now)
    await case_agreements.close(conn, closing, now)
    until = audience.today + timedelta(days=REST_DAYS)
    await case_agreements.hold_leftovers(conn, resting, audience.today, until, "within the tolerance", now)
    return len(closing)


def _nothing_left(kept: Ended, overdue: Mapping[str, int]) -> bool:
    """Whether nothing is overdue except what the tolerance allows."""
    missing = 0 if kept.amount is None or kept.came_in is None else max(0, kept.amount - kept.came_in)
    return all(left <= (missing if currency == kept.currency else 0) for currency, left in overdue.items())


def _event(each: Ended, overdue: Mapping[str, int], closes: bool) -> EndedAgreement:
    """The event for the history: the promised amount (if any), what came in, and what is overdue now."""
    return ENDED_AS[each.kind, each.why](
        each.until, each.amount, each.came_in, each.currency, left=dict(overdue), closed=closes
    )
