"""The guard: opens a case for a customer before they become silent, and writes down everybody's state each evening.

The planner plans and the sender sends. The guard trusts neither: it checks only the result. `guard_walk` has the order
in which it looks at customers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.rules.guarantee.states import STATES, SilentDay, person_from
from bot.rules.guarantee.walks import is_large
from bot.rules.policy.policy import Policy
from bot.work.guarantee.guarantee_history import Unwritten, unwritten_days
from bot.work.policy.audiences import Crowd, by_evening
from storage.cases import cases_opening
from storage.facts import debts
from storage.facts.debts import Audience, Minimums
from storage.guarantee import states, walks
from storage.guarantee.states import Terms
from storage.runtime.engine import Connection, Database

TOMORROW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Audit:
    """How many overdue customers are in each state, and who is silent."""

    as_of: datetime
    counts: dict[str, int]
    silent: tuple[SilentDay, ...]

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
    holes: tuple[SilentDay, ...]
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
            "unwritten_causes": {u.day.isoformat(): str(u.cause) for u in self.unwritten},
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What has to be done for an audience: who is silent on which day, and whether its evening is to be written.
    `states` has today's state of everybody in it who is overdue, if that was asked."""

    audience: Audience
    terms: Terms
    silent: Mapping[date, tuple[str, ...]]
    evening: bool = False
    states: Mapping[str, str] = field(default_factory=dict)

    @property
    def silent_today(self) -> tuple[str, ...]:
        return self.silent.get(self.audience.today, ())


async def look(
    conn: Connection,
    policy: Policy,
    crowd: Crowd,
    channels: Collection[str],
    now: datetime,
    *,
    everybody: bool = False,
) -> list[Finding]:
    """Finds which customers of the crowd are silent, or will be once this day is over, and writes nothing. `everybody`
    asks for all states."""
    found: list[Finding] = []
    for audience, over in by_evening(policy, crowd, now):
        terms, unwritten = terms_of(policy.for_segment(audience.segment), channels), False
        silent: dict[date, tuple[str, ...]] = {}
        today: Mapping[str, str] = {}
        for day in _days(audience, over):
            is_today = day == audience.today
            asked = everybody and is_today
            seen = await states.look(conn, audience, terms, day, evening=over and is_today, everybody=asked)
            today = seen.states if is_today else today
            unwritten = unwritten or seen.unwritten
            if seen.silent:
                silent[day] = seen.silent
        if silent or unwritten or today:
            found.append(Finding(audience, terms, silent, unwritten, today))
    return found


async def act(conn: Connection, findings: Iterable[Finding], now: datetime) -> int:
    """Opens a case for each customer who was found silent, and writes down the evenings; returns how many cases."""
    opened = 0
    for finding in findings:
        for day, customer_ids in finding.silent.items():
            silent = replace(finding.audience, customer_ids=customer_ids)
            opened += await cases_opening.open_for(conn, *states.about_to_be_silent(silent, finding.terms, day), now)
        if finding.evening:
            await states.write_evening(conn, finding.audience, finding.terms, finding.audience.today)
    return opened


async def states_now(conn: Connection, findings: Iterable[Finding]) -> dict[str, str]:
    """The states that were found; as they are after `act`, of those for whom it opened a case."""
    found: dict[str, str] = {}
    for finding in findings:
        found |= finding.states
        if ids := {id_ for silent in finding.silent.values() for id_ in silent}:
            these = replace(finding.audience, customer_ids=tuple(sorted(ids)))
            found |= await states.states(conn, these, finding.terms, finding.audience.today)
    return found


def _days(audience: Audience, over: bool) -> tuple[date, ...]:
    """The days to check. While a message may still be sent today: only today. In the evening: tomorrow too."""
    return (audience.today, audience.today + TOMORROW) if over else (audience.today,)


async def audit(db: Database, policy: Policy, channels: Collection[str], now: datetime) -> Audit:
    """The contact guarantee as it is now."""
    counts = dict.fromkeys(STATES, 0)
    silent: list[SilentDay] = []
    async with db.read() as conn:
        zones = await debts.zones_in_use(conn)
        for audience, _ in by_evening(policy, Crowd(tuple(zones)), now):
            terms = terms_of(policy.for_segment(audience.segment), channels)
            for state, count in (await states.count_states(conn, audience, terms, audience.today)).items():
                counts[state] += count  # type: ignore[index]
            if counts["silent"]:
                silent += await states.silent_customers(conn, audience, terms, audience.today)
    return Audit(now, counts, tuple(silent))  # type: ignore[arg-type]


async def guarantee(db: Database, policy: Policy, channels: Collection[str], now: datetime) -> Audit:
    """The contact guarantee at the same cost for any number of customers: counted now where they are few, else as the
    guard counted them on its way through all of them, at most an hour ago; then without saying who is silent, for whom
    it has tried to open a case."""
    async with db.read() as conn:
        walked = await walks.walks(conn)
        counts = await walks.counts(conn) if is_large(walked.values()) else None
    if counts is None:
        return await audit(db, policy, channels, now)
    return Audit(now, {state: counts.get(state, 0) for state in STATES}, ())


async def past_audit(db: Database, policy: Policy, first: date, last: date, now: datetime) -> PastAudit:
    """The contact guarantee as it was written down each evening, from `first` to `last`, both included."""
    async with db.read() as conn:
        counts, holes = await states.count_days(conn, first, last)
    return PastAudit(counts, tuple(holes), await unwritten_days(db, policy, first, last, now))


def terms_of(policy: Policy, channels: Collection[str]) -> Terms:
    return Terms(person_from(policy), policy.guarantee.seen_by_day, tuple(channels), minimums_of(policy))


def minimums_of(policy: Policy) -> Minimums:
    return tuple(policy.minimum_amount.values())
