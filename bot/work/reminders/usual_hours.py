"""Foresees at which hour customers usually read, for those who agreed to it and for nobody else: when they agree, and
then once a week. With the consent the hour goes, too."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import hours_to_choose, zones
from bot.rules.reminders.usual_hour import SINCE, usual_hour
from storage.customers import consents, wishes
from storage.reminders import usual_hours
from storage.runtime.engine import Connection, Database

AGAIN_AFTER = timedelta(days=7)
AT_ONCE = 500  # customers in one transaction


async def agree(db: Database, policy: Policy, customer_id: str, agreed: bool, now: datetime) -> None:
    """The customer agrees that the hour is foreseen, or takes that back; reminders that wait are checked again."""
    async with db.write() as conn:
        if agreed:
            await consents.give(conn, customer_id, consents.HOUR, now)
            await _foresee(conn, policy, [customer_id], now)
        else:
            await consents.take_back(conn, customer_id, consents.HOUR, now)
            await usual_hours.keep(conn, {customer_id: None})
        await wishes.check_again(conn, customer_id, now)


async def foresee_again(db: Database, policy: Policy, now: datetime) -> int:
    """Looks again at those who agreed, a week after the last time; returns how many they were."""
    number = 0
    while True:
        async with db.write() as conn:
            found = await consents.to_look_at(conn, consents.HOUR, now - AGAIN_AFTER, AT_ONCE)
            await _foresee(conn, policy, found, now)
        number += len(found)
        if len(found) < AT_ONCE:
            return number


async def _foresee(conn: Connection, policy: Policy, customer_ids: list[str], now: datetime) -> None:
    if not customer_ids:
        return
    known = await usual_hours.readers(conn, customer_ids, now - SINCE)
    hours = {
        customer_id: usual_hour(
            person.signs, zones(person.zone)[0], hours_to_choose(policy.for_segment(person.segment).sending_hours)
        )
        for customer_id, person in known.items()
    }
    await usual_hours.keep(conn, hours)
    await consents.looked(conn, consents.HOUR, customer_ids, now)
