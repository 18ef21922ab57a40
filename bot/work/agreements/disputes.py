"""Disputes: a customer says that one instalment is wrong. Reminders about this one rest, the others go on, and a person
looks into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.agreements.disputes import DISPUTE, disputes_of, is_disputed
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Words
from bot.rules.cases.case_events_agreements import Disputed as CaseDisputed
from bot.rules.cases.case_events_agreements import DisputeNoted
from bot.rules.facts.customer_facts import Instalment
from bot.rules.policy.sending_hours import local_day
from bot.work.acting import Refusal, acting_on, looking_at, refusals
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import cases, cases_opening, queue
from storage.cases.agents import Agent
from storage.customers import people
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database

RESTS_DAYS = 30


@dataclass(frozen=True, slots=True)
class Disputable:
    """An instalment, and its key in buttons."""

    key: str
    instalment: Instalment


@dataclass(frozen=True, slots=True)
class Disputed:
    """The result: `noted` now, `already` noted before, or `unknown` (this customer owes nothing with this key). `until`
    is the last day on which reminders about it rest, `language` the customer's language."""

    result: Literal["noted", "already", "unknown"]
    today: date
    instalment: Instalment | None = None
    until: date | None = None
    language: str = "en"


def key_of(instalment_id: str) -> str:
    """The key of an instalment in a button, because ids may be longer than a button's data. It tells others nothing,
    and it is looked up only among the debts of the customer who pressed the button."""
    return hashlib.sha256(instalment_id.encode()).hexdigest()[:16]


async def disputable(db: Database, customer_id: str, now: datetime) -> tuple[tuple[Disputable, ...], date]:
    """What the customer owes and has not disputed yet, earliest due first, and their day."""
    async with db.read() as conn:
        owed, disputed, today = await _owed(conn, customer_id, now)
    return _free(owed, disputed), today


async def dispute(db: Database, customer_id: str, user_id: int, key: str, now: datetime) -> Disputed:
    """Notes the dispute and gives it to a person: in the customer's open case, or in a new one. What the customer wrote
    shortly before, while nobody read it, is added."""
    async with db.write() as conn:
        owed, disputed, today = await _owed(conn, customer_id, now)
        instalment = next((i for i in owed if key_of(i.instalment_id) == key), None)
        if instalment is None:
            return Disputed("unknown", today)
        if is_disputed(instalment, disputed):
            return Disputed("already", today, instalment, disputed.get(instalment.instalment_id))
        until = today + timedelta(days=RESTS_DAYS)
        await holds.set_hold(conn, Hold(customer_id, DISPUTE, until, instalment.instalment_id), now)
        await _drop_empty_promise(conn, customer_id, owed, {*disputed, instalment.instalment_id}, now)
        case_id, _ = await cases_opening.open_asked(
            conn, customer_id, today, now, reason=CaseReason.DISPUTE, due_since=instalment.due_date
        )
        what = CaseDisputed(instalment.instalment_id, instalment.due_date, instalment.product)
        await cases.add_event(conn, case_id, what, now, to_tell=True)
        if words := await people.take_messages(conn, user_id):
            await cases.add_event(conn, case_id, Words(words), now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])
    return Disputed("noted", today, instalment, until)


@refusals(NotAgreed)
async def offer_to_agent(db: Database, case: Case, agent: Agent, now: datetime) -> tuple[tuple[Disputable, ...], date]:
    """The instalments that an agent can dispute for the customer, in the order of their numbers in the list."""
    async with db.read() as conn:
        act = await looking_at(conn, case, agent, now)
    return _free(act.facts.unsettled, disputes_of(act.holds)), act.today


@refusals(NotAgreed)
async def dispute_for(db: Database, case: Case, agent: Agent, which: str, now: datetime) -> Disputed:
    """An agent notes for the customer that an instalment is wrong. The agent gives its number in the list, its id, or
    its key in a button."""
    async with acting_on(db, case, agent, now) as act:
        owed, disputed, conn = act.facts.unsettled, disputes_of(act.holds), act.conn
        instalment = _meant(which, owed, _free(owed, disputed))
        if instalment is None:
            raise Refusal(NotAgreed("no_such_instalment"))
        if is_disputed(instalment, disputed):
            raise Refusal(NotAgreed("disputed_already", day=disputed.get(instalment.instalment_id)))
        await act.take()
        until, its = act.today + timedelta(days=RESTS_DAYS), instalment.instalment_id
        noted = Hold(case.customer_id, DISPUTE, until, its, set_by=agent.telegram_id, case_id=case.case_id)
        await holds.set_hold(conn, noted, now)
        await _drop_empty_promise(conn, case.customer_id, owed, {*disputed, its}, now)
        await act.note(DisputeNoted(its, instalment.due_date, instalment.product))
        await queue.worked(conn, case.case_id, now)
        await cases.mark_card_stale(conn, [case.customer_id])
    return Disputed("noted", act.today, instalment, until, act.facts.customer.spoken)


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
) -> tuple[tuple[Instalment, ...], Mapping[str, date], date]:
    """The unsettled instalments, the last day of each dispute, and the customer's day."""
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    disputed = disputes_of(await holds.in_force(conn, customer_id))
    return facts.unsettled, disputed, local_day(facts.customer.zone, now)


async def _drop_empty_promise(
    conn: Connection, customer_id: str, owed: tuple[Instalment, ...], disputed: set[str], now: datetime
) -> None:
    """A promise whose instalments are all disputed was neither kept nor broken: it is taken back."""
    for hold in await holds.in_force(conn, customer_id):
        if hold.kind == "promise" and not any(i.due_date <= hold.until and not is_disputed(i, disputed) for i in owed):
            await holds.withdraw(conn, customer_id, now, kind="promise")
