"""Evenings that passed without a round of the guard. Each is computed later if the result is certain; otherwise it
stays unwritten, with the cause.

The result is certain as long as the wallet's facts and the policy have not changed: only their present values are
known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import evening, local_day
from storage.facts import debts
from storage.facts.debts import Audience
from storage.guarantee import guarantee_history, states
from storage.guarantee.states import Terms
from storage.runtime.engine import Connection, Database
from storage.runtime.heartbeats import last_beat

LONGEST_AGO = timedelta(days=7)  # an older day is not computed any more


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A day whose states were not written down that evening, and the cause."""

    day: date
    cause: str


@dataclass(frozen=True, slots=True)
class Missed:
    """An evening of these customers that began at `began` and ended without a round of the guard."""

    audience: Audience  # `today` is the day
    began: datetime


def missed(policy: Policy, zones: Sequence[str], last_round: datetime, now: datetime) -> Iterator[Missed]:
    """The evenings that lie completely between the last round and now."""
    for segment in (None, *policy.segments):
        hours = policy.for_segment(segment).sending_hours
        others = tuple(policy.segments) if segment is None else ()
        groups: dict[tuple[date, datetime], list[str]] = defaultdict(list)
        for zone in zones:
            day = local_day(zone, last_round)
            while (window := evening(hours, zone, day)).closes <= now:
                if last_round < window.opens:
                    groups[day, window.opens].append(zone)
                day = max(day + timedelta(days=1), local_day(zone, window.closes))  # clocks may skip or repeat a day
        for (day, began), where in sorted(groups.items()):
            yield Missed(Audience(tuple(where), day, segment, others), began)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The evenings that were missed since the last round."""

    last_round: datetime
    missed: Sequence[Missed]


async def missed_until(conn: Connection, policy: Policy, zones: Sequence[str], now: datetime) -> Gaps:
    """The evenings missed until now; none if no round has run yet."""
    last_round = await last_beat(conn, "guard") or now
    return Gaps(last_round, tuple(missed(policy, zones, last_round, now)))


async def make_up(
    db: Database, policy: Policy, gaps: Gaps, terms_of: Callable[[str | None], Terms], now: datetime
) -> None:
    """Writes down the missed evenings, or why that is not possible. Call it before the next round writes anything."""
    since = f"the program did not run from {_instant(gaps.last_round)} to {_instant(now)}"
    for gap in gaps.missed:
        day = gap.audience.today
        async with db.write() as conn:
            if why_not := await _why_not(conn, policy, gap, now):
                await guarantee_history.leave_unwritten(conn, day, f"{since}, and {why_not}", now)
            else:
                terms = terms_of(gap.audience.segment)
                await states.write_past_evening(conn, gap.audience, terms, day, gap.began)


async def _why_not(conn: Connection, policy: Policy, gap: Missed, now: datetime) -> str:
    """Why that evening cannot be computed any more; empty if it can."""
    if now - gap.began > LONGEST_AGO:
        return f"that is more than {LONGEST_AGO.days} days ago"
    changed_at = await guarantee_history.facts_changed_at(conn)
    if changed_at is not None and changed_at > gap.began:
        return "facts have changed since"
    since = await guarantee_history.policy_used_since(conn, policy.version)
    return "the policy is another one since" if since is not None and since > gap.began else ""


async def unwritten_days(db: Database, policy: Policy, first: date, last: date, now: datetime) -> tuple[Unwritten, ...]:
    """Every day from `first` to `last` that was not written down, counted from the program's first run. Today does not
    count, because its evening is still to come. Days on which the program does not run count as unwritten too."""
    async with db.read() as conn:
        found = await guarantee_history.unwritten(conn, first, last)
        last_round = await last_beat(conn, "guard")
        zones = await debts.zones_in_use(conn)
    if last_round is not None:
        for gap in missed(policy, zones, last_round, now):
            if first <= gap.audience.today <= last:
                found.setdefault(gap.audience.today, f"the program has not run since {_instant(last_round)}")
    return tuple(Unwritten(day, cause) for day, cause in sorted(found.items()))


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
