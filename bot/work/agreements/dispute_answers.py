"""An agent answers a dispute: the customer is right, or the debt is. The customer is told the reason. A dispute whose
answer is due makes its case due, on each working day until it is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.agreements.agreed_terms import DisputeAnswer, NotAgreed, read_dispute_answer
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case import Case, Due
from bot.rules.cases.case_events_agreements import DisputeAnswered, DisputeDue
from bot.rules.cases.working_time import working_days_later
from bot.rules.facts.customer_facts import Instalment
from bot.rules.policy.desk_terms import Desk
from bot.work.acting import Acting, Refusal, acting_on, refusals
from bot.work.agreements.disputes import key_of, running_of
from storage.agreements import disputes
from storage.agreements.holds import Hold
from storage.cases import assignment, cases, cases_opening, snoozes
from storage.cases.agents import Agent
from storage.runtime.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class Answered:
    """What the customer is told: about which instalment, whether it is wrong, and the reason; `until` is the last day
    of the rest, which goes on if it is wrong. `language` is the customer's."""

    instalment: Instalment
    is_wrong: bool
    reason: str
    today: date
    until: date
    language: str


@refusals(NotAgreed)
async def answer(db: Database, case: Case, agent: Agent, words: str, now: datetime) -> Answered:
    """`/dispute accept [NUMBER] REASON`: it is wrong, and rests until the wallet has corrected it. `/dispute reject
    [NUMBER] REASON`: it is right, and its reminders go on. The same answer again changes nothing."""
    async with acting_on(db, case, agent, now) as act:
        said = read_dispute_answer(words)
        if isinstance(said, NotAgreed):
            raise Refusal(said)
        return await make_answer(act, said)


async def make_answer(act: Acting, said: DisputeAnswer) -> Answered:
    """The same within an action of the agent's; refuses if there is no such dispute."""
    running = running_of(act.holds)
    instalment = _meant(act.facts.unsettled, running, said) or await _answered_before(act, said)
    if instalment is None:
        raise Refusal(NotAgreed("no_such_dispute"))
    await act.take()
    hold = running.get(instalment.instalment_id)
    if hold is not None and hold.hold_id is not None:
        await _end(act, instalment, hold.hold_id, said)
    until = hold.until if hold is not None else act.today
    return Answered(instalment, said.is_wrong, said.reason, act.today, until, act.facts.customer.spoken)


async def _end(act: Acting, instalment: Instalment, hold_id: int, said: DisputeAnswer) -> None:
    conn, case = act.conn, act.case
    if said.is_wrong:
        await disputes.alarm(conn, hold_id, None)
    else:
        await disputes.end_dispute(conn, hold_id, "rejected", act.now)
    product = instalment.product
    await act.note(DisputeAnswered(instalment.instalment_id, instalment.due_date, said.is_wrong, said.reason, product))
    await assignment.worked(conn, case.case_id, act.now)
    await cases.mark_card_stale(conn, [case.customer_id])


def _meant(owed: Sequence[Instalment], running: dict[str, Hold], said: DisputeAnswer) -> Instalment | None:
    """The disputed instalment with that number in the list of them, or that id; the only one, if none is named."""
    disputed = [i for i in owed if i.instalment_id in running]
    if said.which is None:
        return disputed[0] if len(disputed) == 1 else None
    if _is_number(said.which) and 1 <= int(said.which) <= len(disputed):
        return disputed[int(said.which) - 1]
    return next((i for i in disputed if _names(said.which, i)), None)


def _is_number(which: str) -> bool:
    """Whether it may be a number in a list."""
    return which.isdecimal() and len(which) < 4


def _names(which: str, instalment: Instalment) -> bool:
    return which in (instalment.instalment_id, key_of(instalment.instalment_id))


async def _answered_before(act: Acting, said: DisputeAnswer) -> Instalment | None:
    """The instalment whose last answer was the same: a command that was cut off is carried out once more. A number
    counts as that of this instalment, which is not in the list of disputed ones any more."""
    last = await cases.last_event(act.conn, act.case.case_id, DisputeAnswered)
    if last is None or (last.is_wrong, last.reason) != (said.is_wrong, said.reason):
        return None
    meant = next((i for i in act.facts.unsettled if i.instalment_id == last.instalment_id), None)
    if meant is None or said.which is None or _is_number(said.which) or _names(said.which, meant):
        return meant
    return None


async def tell_due(conn: Connection, desk: Desk, soon: datetime, now: datetime) -> int:
    """Makes the cases due whose customers were promised an answer by now, or `soon`; one without an open case gets one.
    Returns how many there are."""
    due = await disputes.alarms_until(conn, soon)
    for hold in due:
        assert hold.hold_id is not None and hold.alarm_at is not None, "they were found by it"
        case = await cases.open_case_of(conn, hold.customer_id)
        if case is None:
            day = hold.answer_by or hold.until
            await cases_opening.open_asked(conn, hold.customer_id, day, now, reason=CaseReason.DISPUTE)
            case = await cases.open_case_of(conn, hold.customer_id)
        if case is not None:
            why = DisputeDue(hold.answer_by or hold.until)
            due_then = Due(hold.alarm_at, "dispute_answer")
            await snoozes.wake(conn, case.case_id, case.owner_id, why, now, due_then, to_tell=True)
        await disputes.alarm(conn, hold.hold_id, working_days_later(desk, soon, 1))
    return len(due)
