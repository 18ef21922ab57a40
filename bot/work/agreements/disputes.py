"""Disputes: a customer says that one instalment is wrong. Reminders about this one rest, the others go on, and a person
looks into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.agreements.disputes import DISPUTE, Why, disputes_of, is_disputed
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Words
from bot.rules.cases.case_events_agreements import Disputed as CaseDisputed
from bot.rules.cases.case_events_agreements import DisputeNoted, DisputeTakenBack, DisputeWhy
from bot.rules.cases.event_codec import Event
from bot.rules.cases.working_time import working_days_later
from bot.rules.facts.customer_facts import Instalment
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import local_day
from bot.work.acting import Acting, Refusal, acting_on, looking_at, refusals
from storage.agreements import disputes, holds
from storage.agreements.holds import Hold
from storage.cases import assignment, cases, cases_opening
from storage.cases.agents import Agent
from storage.customers import telegram_chats
from storage.facts.customer_facts import facts_of
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database

NOTED = "dispute noted"  # what an update does once: of which instalment
RESTS_DAYS = 30


@dataclass(frozen=True, slots=True)
class Disputable:
    """An instalment, and its key in buttons."""

    key: str
    instalment: Instalment


@dataclass(frozen=True, slots=True)
class Disputed:
    """The result: `noted` now, `already` noted before, `taken_back`, or `unknown` (this customer owes or disputes
    nothing with this key). `until` is the last day on which reminders about it rest, `language` the customer's
    language, `answer_by` the day by which the customer hears from a person."""

    result: Literal["noted", "already", "unknown", "taken_back"]
    today: date
    instalment: Instalment | None = None
    until: date | None = None
    language: str = "en"
    answer_by: date | None = None


def key_of(instalment_id: str) -> str:
    """The key of an instalment in a button, because ids may be longer than a button's data. It tells others nothing,
    and it is looked up only among the debts of the customer who pressed the button."""
    return hashlib.sha256(instalment_id.encode()).hexdigest()[:16]


async def disputable(
    db: Database, customer_id: str, now: datetime
) -> tuple[tuple[Disputable, ...], tuple[Disputable, ...], date]:
    """What the customer owes and has not disputed yet, what they have, earliest due first, and their day."""
    async with db.read() as conn:
        owed, running, today = await _owed(conn, customer_id, now)
    disputed = tuple(Disputable(key_of(i.instalment_id), i) for i in owed if i.instalment_id in running)
    return _free(owed, _until(running)), disputed, today


async def dispute(db: Database, desk: Desk, customer_id: str, user_id: int, key: str, now: datetime) -> Disputed:
    """Notes the dispute and gives it to a person: in the customer's open case, or in a new one. What the customer wrote
    shortly before, while nobody read it, is added."""
    async with db.write() as conn:
        owed, running, today = await _owed(conn, customer_id, now)
        instalment = next((i for i in owed if key_of(i.instalment_id) == key), None)
        if instalment is None:
            return Disputed("unknown", today)
        instalment_id = instalment.instalment_id
        if is_disputed(instalment, running):
            hold = running.get(instalment_id)
            until, answer_by = (hold.until, _waits_until(hold)) if hold else (None, None)
            return Disputed("already", today, instalment, until, answer_by=answer_by)
        until, alarm_at, answer_by = await _terms(conn, desk, customer_id, today, now)
        noted = Hold(customer_id, DISPUTE, until, instalment_id, answer_by=answer_by, alarm_at=alarm_at)
        await holds.set_hold(conn, noted, now)
        await _drop_empty_promise(conn, customer_id, owed, {*running, instalment_id}, now)
        case_id, _ = await cases_opening.open_asked(
            conn, customer_id, today, now, reason=CaseReason.DISPUTE, due_since=instalment.due_date
        )
        what = CaseDisputed(instalment.instalment_id, instalment.due_date, instalment.product)
        await cases.add_event(conn, case_id, what, now, to_tell=True)
        if words := await telegram_chats.take_messages(conn, user_id):
            await cases.add_event(conn, case_id, Words(words), now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])
    return Disputed("noted", today, instalment, until, answer_by=answer_by)


async def say_why(db: Database, customer_id: str, key: str, why: Why, now: datetime) -> Disputed:
    """The customer says what is wrong with a debt that they dispute, and the agents read it, once."""
    async with db.write() as conn:
        owed, running, today = await _owed(conn, customer_id, now)
        found = next(((i, running[i.instalment_id]) for i in owed if _is_running(i, key, running)), None)
        if found is None:
            return Disputed("unknown", today)
        instalment, hold = found
        if hold.reason != why and hold.hold_id is not None:
            await disputes.note_reason(conn, hold.hold_id, why)
            said = DisputeWhy(instalment.instalment_id, instalment.due_date, why, instalment.product)
            await _tell_case(conn, customer_id, today, said, now)
    return Disputed("noted", today, instalment, hold.until, answer_by=_waits_until(hold))


async def take_back(db: Database, customer_id: str, key: str, now: datetime) -> Disputed:
    """The customer says that the debt is right after all: its reminders go on."""
    async with db.write() as conn:
        owed, running, today = await _owed(conn, customer_id, now)
        found = next(((i, running[i.instalment_id]) for i in owed if _is_running(i, key, running)), None)
        if found is None or found[1].hold_id is None:
            return Disputed("unknown", today)
        instalment, hold = found
        assert hold.hold_id is not None
        await disputes.end_dispute(conn, hold.hold_id, "withdrawn", now)
        gone = DisputeTakenBack(instalment.instalment_id, instalment.due_date, instalment.product)
        await _tell_case(conn, customer_id, today, gone, now)
    return Disputed("taken_back", today, instalment)


def _waits_until(hold: Hold) -> date | None:
    """The day by which an answer was promised; None once there was one."""
    return hold.answer_by if hold.alarm_at is not None else None


def _is_running(instalment: Instalment, key: str, running: Mapping[str, Hold]) -> bool:
    return instalment.instalment_id in running and key_of(instalment.instalment_id) == key


async def _tell_case(conn: Connection, customer_id: str, today: date, event: Event, now: datetime) -> None:
    """In the customer's open case; what has none by now is told nobody if it was taken back, else a new one opens."""
    case = await cases.open_case_of(conn, customer_id)
    if case is None and isinstance(event, DisputeTakenBack):
        return
    if case is None:
        case_id, _ = await cases_opening.open_asked(conn, customer_id, today, now, reason=CaseReason.DISPUTE)
    else:
        case_id = case.case_id
    await cases.add_event(conn, case_id, event, now, to_tell=True)
    await cases.mark_card_stale(conn, [customer_id])


async def _terms(
    conn: Connection, desk: Desk, customer_id: str, today: date, now: datetime
) -> tuple[date, datetime, date]:
    """The last day on which reminders rest, the desk's deadline for the answer, and the customer's day of it. Reminders
    rest at least until the answer."""
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    alarm_at = working_days_later(desk, now, desk.dispute_days)
    answer_by = local_day(facts.customer.zone, alarm_at)
    return max(today + timedelta(days=RESTS_DAYS), answer_by), alarm_at, answer_by


@refusals(NotAgreed)
async def offer_to_agent(db: Database, case: Case, agent: Agent, now: datetime) -> tuple[tuple[Disputable, ...], date]:
    """The instalments that an agent can dispute for the customer, in the order of their numbers in the list."""
    async with db.read() as conn:
        act = await looking_at(conn, case, agent, now)
    return _free(act.facts.unsettled, disputes_of(act.holds)), act.today


@refusals(NotAgreed)
async def dispute_for(db: Database, desk: Desk, case: Case, agent: Agent, which: str, now: datetime) -> Disputed:
    """An agent notes for the customer that an instalment is wrong. The agent gives its number in the list, its id, or
    its key in a button. Handled again after a kill, it is as it was noted, so that the customer is told of it."""
    async with acting_on(db, case, agent, now) as act:
        if (before := await update_idempotency.result_of(act.conn, NOTED)) is not None:
            which = before
        return await note_dispute(act, desk, which, again=before is not None)


async def note_dispute(act: Acting, desk: Desk, which: str, *, again: bool = False) -> Disputed:
    """The same within an action of the agent's; refuses if it cannot be disputed. `again`: it was noted by this very
    action."""
    owed, disputed, conn, case = act.facts.unsettled, disputes_of(act.holds), act.conn, act.case
    instalment = _meant(which, owed, _free(owed, disputed))
    if instalment is None:
        raise Refusal(NotAgreed("no_such_instalment"))
    instalment_id = instalment.instalment_id
    noted = next((hold for hold in act.holds if hold.kind == DISPUTE and hold.instalment_id == instalment_id), None)
    if again and noted is not None:
        return Disputed("noted", act.today, instalment, noted.until, act.facts.customer.spoken, noted.answer_by)
    if is_disputed(instalment, disputed):
        raise Refusal(NotAgreed("disputed_already", day=disputed.get(instalment.instalment_id)))
    await act.take()
    until, alarm_at, answer_by = await _terms(conn, desk, case.customer_id, act.today, act.now)
    noted = Hold(case.customer_id, DISPUTE, until, instalment_id, set_by=act.agent.telegram_id, case_id=case.case_id)
    await holds.set_hold(conn, replace(noted, answer_by=answer_by, alarm_at=alarm_at), act.now)
    await _drop_empty_promise(conn, case.customer_id, owed, {*disputed, instalment_id}, act.now)
    await act.note(DisputeNoted(instalment_id, instalment.due_date, instalment.product))
    await update_idempotency.keep(conn, NOTED, instalment_id)
    await assignment.worked(conn, case.case_id, act.now)
    await cases.mark_card_stale(conn, [case.customer_id])
    return Disputed("noted", act.today, instalment, until, act.facts.customer.spoken, answer_by)


def _free(owed: tuple[Instalment, ...], disputed: Mapping[str, date]) -> tuple[Disputable, ...]:
    free = (i for i in owed if not is_disputed(i, disputed))
    return tuple(Disputable(key_of(i.instalment_id), i) for i in free)


def _meant(which: str, owed: Sequence[Instalment], free: Sequence[Disputable]) -> Instalment | None:
    named = [i for i in owed if which in (i.instalment_id, key_of(i.instalment_id))]
    if not named and which.isdecimal() and len(which) < 4 and 1 <= int(which) <= len(free):
        named = [free[int(which) - 1].instalment]
    return named[0] if named else None


async def _owed(
    conn: Connection, customer_id: str, now: datetime
) -> tuple[tuple[Instalment, ...], Mapping[str, Hold], date]:
    """The unsettled instalments, the customer's disputes by instalment, and the customer's day."""
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    return facts.unsettled, running_of(await holds.in_force(conn, customer_id)), local_day(facts.customer.zone, now)


def running_of(in_force: Sequence[Hold]) -> dict[str, Hold]:
    """The disputes in force, by instalment."""
    return {hold.instalment_id: hold for hold in in_force if hold.kind == DISPUTE and hold.instalment_id}


def _until(running: Mapping[str, Hold]) -> Mapping[str, date]:
    return {instalment_id: hold.until for instalment_id, hold in running.items()}


async def _drop_empty_promise(
    conn: Connection, customer_id: str, owed: tuple[Instalment, ...], disputed: set[str], now: datetime
) -> None:
    """A promise whose instalments are all disputed was neither kept nor broken: it is taken back."""
    for hold in await holds.in_force(conn, customer_id):
        if hold.kind == "promise" and not any(i.due_date <= hold.until and not is_disputed(i, disputed) for i in owed):
            await holds.withdraw(conn, customer_id, now, kind="promise")
