"""Ranking: how urgent each open case is, kept up with facts and days. What weighs how much is the policy's word."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from bot.rules.policy.desk_terms import Weights
from bot.rules.policy.sending_hours import local_day, zones
from storage.cases import urgency
from storage.facts import debts, imports
from storage.runtime.engine import Database

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AT_LEAST_EVERY = timedelta(hours=1)  # whatever may have changed unseen


async def rank_cases(db: Database, weights: Weights, now: datetime) -> None:
    """Ranks what is new, what the wallet has spoken of since, what began a new day, and all of it once an hour."""
    async with db.read() as conn:
        in_use = await debts.zones_in_use(conn)
        spoke_at = await imports.wallet_spoke_at(conn) or NEVER
    known_before = max(spoke_at, now - AT_LEAST_EVERY)
    for day, places in _by_day(in_use, now).items():
        began = max(_began(zone, day) for zone in places)
        await _rank(db, weights, places, day, now, max(began, known_before))


async def rank_new(db: Database, weights: Weights, now: datetime) -> None:
    """Ranks what has just come into the queue, where anything has."""
    async with db.read() as conn:
        if not await urgency.has_unranked(conn):
            return
        in_use = await debts.zones_in_use(conn)
    for day, places in _by_day(in_use, now).items():
        await _rank(db, weights, places, day, now, NEVER)


async def _rank(
    db: Database, weights: Weights, places: list[str], day: date, now: datetime, known_before: datetime
) -> None:
    """A set after the other, each a transaction of its own."""
    last = 0
    while True:
        async with db.write() as conn:
            done = await urgency.rank(conn, weights, places, day, now, known_before=known_before, after_id=last)
        if done.count < urgency.AT_ONCE:
            return
        last = done.last_id


def _by_day(in_use: list[str], now: datetime) -> dict[date, list[str]]:
    """Zones by the day that it is there."""
    places: dict[date, list[str]] = defaultdict(list)
    for zone in in_use:
        places[local_day(zone, now)].append(zone)
    return places


def _began(zone: str, day: date) -> datetime:
    """When that day began there; of several candidates the last, as `local_day` has it."""
    return max(datetime.combine(day, time(0), place).astimezone(UTC) for place in zones(zone))
