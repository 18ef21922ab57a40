"""Call-backs: a customer chooses a half hour for a call, and their case waits until then. Only times are offered at
which the customer may be contacted and somebody is at the desk. The customer can move it or take it back at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.agreements.callback_slots import is_slot, slots
from bot.rules.cases.case_events import CallCancelled, CallChosen
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, zones
from storage.agreements import case_agreements
from storage.cases import absences, cases, cases_opening, snoozes
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class Slots:
    """The half hours that can be chosen, and the chosen one (`at`), each by the clock of `zone`."""

    offered: tuple[datetime, ...]
    zone: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The call that is agreed now."""

    at: datetime
    zone: str


NoPhone = Literal["no_phone"]


async def offer(db: Database, policy: Policy, customer_id: str, now: datetime) -> Slots | NoPhone:
    """The times at which the customer can be called, if the wallet has a phone number of theirs."""
    async with db.read() as conn:
        return await _offer(conn, policy, customer_id, now)


async def can_be_called(db: Database, customer_id: str) -> tuple[bool, datetime | None]:
    """Whether the wallet has the customer's phone number, and the time for which they asked to be called, if any."""
    async with db.read() as conn:
        case = await cases.open_case_of(conn, customer_id)
        return await case_agreements.has_phone(conn, customer_id), case.call_at if case else None


async def choose(
    db: Database, policy: Policy, customer_id: str, at: datetime | None, now: datetime
) -> Chosen | Slots | NoPhone:
    """Agrees on a call. A time that is past or was not offered changes nothing and returns the slots."""
    async with db.write() as conn:
        offered = await _offer(conn, policy, customer_id, now)
        if isinstance(offered, str) or at is None:
            return offered
        facts = await facts_of(conn, customer_id)
        assert facts is not None, "a customer is never deleted, only forgotten"
        segment_policy, zone = policy.for_segment(facts.customer.segment), facts.customer.zone
        if offered.at == at:
            return Chosen(at, offered.zone)
        roster = await absences.roster(conn, now)
        if not is_slot(segment_policy.sending_hours, zone, segment_policy.desk, at, now, roster):
            return offered
        case = await cases.open_case_of(conn, customer_id)
        case_id = (
            case.case_id if case else (await cases_opening.open_asked(conn, customer_id, local_day(zone, now), now))[0]
        )
        await case_agreements.set_call(conn, case_id, at)
        await cases.add_event(conn, case_id, CallChosen(at, offered.zone), now, to_tell=True)
    return Chosen(at, offered.zone)


async def cancel(db: Database, customer_id: str, now: datetime) -> bool:
    """Takes the call back: the case stays open and goes back to its place in the queue. False if no call was agreed."""
    async with db.write() as conn:
        case = await cases.open_case_of(conn, customer_id)
        if case is None or case.call_at is None:
            return False
        await case_agreements.set_call(conn, case.case_id, None)
        await snoozes.customer_waits(conn, case.case_id, now)
        await cases.add_event(conn, case.case_id, CallCancelled(), now, to_tell=True)
    return True


async def _offer(conn: Connection, policy: Policy, customer_id: str, now: datetime) -> Slots | NoPhone:
    if not await case_agreements.has_phone(conn, customer_id):
        return "no_phone"
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    segment_policy, zone = policy.for_segment(facts.customer.segment), facts.customer.zone
    case = await cases.open_case_of(conn, customer_id)
    roster = await absences.roster(conn, now)
    found = slots(segment_policy.sending_hours, zone, segment_policy.desk, now, roster)
    return Slots(found, zones(zone)[0].key, case.call_at if case else None)
