"""The guard: opens a case for a customer before they become silent, and writes down everybody's state each evening.

The planner plans and the sender sends. The guard trusts neither: it checks only the result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.guarantee.states import STATES, person_from
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import evening, local_day
from bot.work.guarantee.guarantee_history import Unwritten, make_up, missed_until, unwritten_days
from storage.cases import cases_opening
from storage.facts import debts
from storage.facts.debts import Audience, Minimums
from storage.guarantee import states
from storage.guarantee.states import Hole, Terms
from storage.runtime.engine import Connection, Database
from storage.runtime.heartbeats import beat

TOMORROW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Audit:
    """How many overdue customers are in each state, and who is silent."""

    as_of: datetime
    counts: dict[str, int]
    silent: tuple[Hole, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "overdue": sum(self.counts.values()),
            **self.counts,
            "silent_customers": [hole.customer_id for hole in self.silent],
        }


@dataclass(frozen=True, slots=True)
class PastAudit:
    """Customer-days by state in a period, each silent one with its cause, and the days without any record."""

    counts: dict[str, int]
    holes: tuple[Hole, ...]
    unwritten: tuple[Unwritten, ...] = ()

    @property
    def proves(self) -> bool:
        """Whether nobody was silent on any of the days."""
        return not self.holes and not self.unwritten

    def as_json(self) -> dict[str, object]:
        days = {"overdue": sum(self.counts.values()), **self.counts}
        holes = [{"customer_id": h.customer_id, "day": h.day.isoformat(), "cause": h.cause} for h in self.holes]
        return {
            "customer_days": days,
            "holes": holes,
            "unwritten_days": [u.day.isoformat() for u in self.unwritten],
            "unwritten_causes": {u.day.isoformat(): u.cause for u in self.unwritten},
        }


async def guard(db: Database, policy: Policy, zones: Sequence[str], channels: Collection[str], now: datetime) -> int:
    """Opens a case for each customer who is silent, or will be when this day is over; returns how many."""
    opened = 0
    async with db.read() as conn:
        gaps = await missed_until(conn, policy, zones, now)
        rounds = [r for r in _rounds(policy, zones, channels, now) if await _has_work(conn, r)]
    await make_up(db, policy, gaps, lambda segment: terms_of(policy.for_segment(segment), channels), now)
    for audience, terms, over in rounds:
        async with db.write() as conn:
            for day in _days(audience, over):
                opened += await cases_opening.open_for(conn, *states.about_to_be_silent(audience, terms, day), now)
            if over:
                await states.write_evening(conn, audience, terms, audience.today)
    async with db.write() as conn:
        await beat(conn, "guard", now)
    return opened


def _rounds(
    policy: Policy, zones: Sequence[str], channels: Collection[str], now: datetime
) -> Iterator[tuple[Audience, Terms, bool]]:
    for audience, over in _audiences(policy, zones, now):
        yield audience, terms_of(policy.for_segment(audience.segment), channels), over


def _days(audience: Audience, over: bool) -> tuple[date, ...]:
    """The days to check. While a message may still be sent today: only today. In the evening: tomorrow too."""
    return (audience.today, audience.today + TOMORROW) if over else (audience.today,)


async def _has_work(conn: Connection, to_look_at: tuple[Audience, Terms, bool]) -> bool:
    """Whether a customer is about to be silent, or an evening has to be written down."""
    audience, terms, over = to_look_at
    seen = [await states.look(conn, audience, terms, day) for day in _days(audience, over)]
    return any(look.silent for look in seen) or (over and seen[0].unwritten)


async def audit(db: Database, policy: Policy, channels: Collection[str], now: datetime) -> Audit:
    """The contact guarantee as it is now."""
    counts = dict.fromkeys(STATES, 0)
    silent: list[Hole] = []
    async with db.read() as conn:
        zones = await debts.zones_in_use(conn)
        for audience, _ in _audiences(policy, zones, now):
            terms = terms_of(policy.for_segment(audience.segment), channels)
            for state, count in (await states.count_states(conn, audience, terms, audience.today)).items():
                counts[state] += count  # type: ignore[index]
            if counts["silent"]:
                silent += await states.silent_customers(conn, audience, terms, audience.today)
    return Audit(now, counts, tuple(silent))  # type: ignore[arg-type]


async def past_audit(db: Database, policy: Policy, first: date, last: date, now: datetime) -> PastAudit:
    """The contact guarantee as it was written down each evening, from `first` to `last`, both included."""
    async with db.read() as conn:
        counts, holes = await states.count_days(conn, first, last)
    return PastAudit(counts, tuple(holes), await unwritten_days(db, policy, first, last, now))


def terms_of(policy: Policy, channels: Collection[str]) -> Terms:
    return Terms(person_from(policy), policy.guarantee.seen_by_day, tuple(channels), minimums_of(policy))


def minimums_of(policy: Policy) -> Minimums:
    return tuple(policy.minimum_amount.values())


def _audiences(policy: Policy, zones: Sequence[str], now: datetime) -> Iterator[tuple[Audience, bool]]:
    """Audiences by segment and day, and whether the evening of that day has begun there."""
    for segment in (None, *policy.segments):
        hours_of = policy.for_segment(segment).sending_hours
        groups: dict[tuple[date, bool], tuple[str, ...]] = {}
        for zone in zones:
            day = local_day(zone, now)
            over = evening(hours_of, zone, day).opens <= now
            groups[day, over] = (*groups.get((day, over), ()), zone)
        for (day, over), where in groups.items():
            yield Audience(where, day, segment, tuple(policy.segments) if segment is None else ()), over
