"""Out of hours: tells a customer when somebody will answer, once for each time that nobody is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.rules.cases.case_events import ToldHours
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.rosters import somebody_from
from bot.rules.policy.sending_hours import zones
from storage.cases import absences, cases
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Database
from storage.topics import message_places

STILL_THERE = timedelta(minutes=30)  # an agent who wrote within this time is there, even outside the hours


@dataclass(frozen=True, slots=True)
class Absence:
    """Nobody is there before `until`, shown by the clock of `zone`, the customer's own."""

    until: datetime
    zone: ZoneInfo


async def absence_to_tell(db: Database, customer_id: str, desk: Desk, now: datetime, update_id: int) -> Absence | None:
    """When somebody will be there for a customer with an open case; None if somebody is there now or the customer was
    told already. The same update, handled again after a kill, tells again, because the first message may not have
    arrived."""
    async with db.write() as conn:
        opens = somebody_from(desk, await absences.roster(conn, now), now)
        if opens <= now:
            return None
        case = await cases.open_case_of(conn, customer_id)
        if case is None or await message_places.agent_wrote_since(conn, case.case_id, now - STILL_THERE):
            return None
        told, this = await cases.last_event(conn, case.case_id, ToldHours), ToldHours(opens, update_id)
        if told is not None and told != this and told.opens == opens:
            return None
        if told != this:
            await cases.add_event(conn, case.case_id, this, now)
        facts = await facts_of(conn, customer_id)
        assert facts is not None, "a case's customer is never deleted, only forgotten"
        return Absence(opens, zones(facts.customer.zone)[0])
