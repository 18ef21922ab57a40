"""Urgency: ranks the open cases, and keeps the ranks up to date with facts and days. The policy sets the weights."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from bot.rules.policy.desk_terms import Weights
from bot.rules.policy.sending_hours import local_day, zones
from storage.cases import urgency
from storage.facts import debts, imports
from storage.runtime.engine import Database

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AT_LEAST_EVERY = timedelta(hours=1)  # for changes that nothing reported


async def rank_cases(db: Database, weights: Weights, now: datetime) -> None:
    """Ranks new cases, cases with new facts from the wallet, cases whose day has changed, and every hour all of
    them."""
    async with db.read() as conn:
        in_use = await debts.zones_in_use(conn)
        spoke_at = await imports.wallet_spoke_at(conn) or NEVER
    known_before = max(spoke_at, now - AT_LEAST_EVERY)
    for day, places in _by_day(in_use, now).items():
        began = max(_began(zone, day) for zone in places)
        await _rank(db, weights, places, day, now, max(began, known_before))


def old_by(now: datetime) -> datetime:
    """Whatever was ranked at this time or earlier may have to be ranked again, since a day may have begun somewhere:
    every time zone differs from UTC by whole quarters of an hour."""
    return now - (now - NEVER) % timedelta(minutes=15)


async def rank_new(db: Database, weights: Weights, now: datetime) -> None:
    """Ranks the cases that have just come into the queue, if any."""
    async with db.read() as conn:
        if not await urgency.has_unranked(conn):
            return
        in_use = await debts.zones_in_use(conn)
    for day, places in _by_day(in_use, now).items():
        await _rank(db, weights, places, day, now, NEVER)


async def _rank(
    db: Database, weights: Weights, places: list[str], day: date, now: datetime, known_before: datetime
) -> None:
    """One set after the other, each in its own transaction."""
    last = 0
    while True:
        async with db.write() as conn:
            done = await urgency.rank(conn, weights, places, day, now, known_before=known_before, after_id=last)
        if done.count < urgency.AT_ONCE:
            return
        last = done.last_id


def _by_day(in_use: list[str], now: datetime) -> dict[date, list[str]]:
    """Time zones by their present day."""
    places: dict[date, list[str]] = defaultdict(list)
    for zone in in_use:
        places[local_day(zone, now)].append(zone)
    return places


def _began(zone: str, day: date) -> datetime:
    """When that day began there; of several candidate zones the last one, as in `local_day`."""
    return max(datetime.combine(day, time(0), place).astimezone(UTC) for place in zones(zone))
