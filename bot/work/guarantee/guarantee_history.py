"""Evenings that passed without a round of the guard. Each is computed later if the result is certain; otherwise it
stays unwritten, with the cause.

The result is certain as long as the wallet's facts and the policy have not changed: only their present values are
known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.guarantee.unwritten_evenings import LONGEST_AGO_DAYS, Cause, NotRun, NotRunSince, Removed, WhyNotLater
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import evening, local_day
from storage.facts.debts import Audience
from storage.guarantee import guarantee_history, states, walks
from storage.guarantee.states import Terms
from storage.operations import pruning
from storage.runtime.engine import Connection, Database

LONGEST_AGO = timedelta(days=LONGEST_AGO_DAYS)


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A day whose states were not written down that evening, and the cause."""

    day: date
    cause: Cause


@dataclass(frozen=True, slots=True)
class Missed:
    """An evening of these customers that began at `began` and ended without the guard having looked at all of them;
    `since` is when it last had begun to look."""

    audience: Audience  # `today` is the day
    began: datetime
    since: datetime


def missed(policy: Policy, settled: Mapping[str, datetime], now: datetime) -> Iterator[Missed]:
    """The evenings that are over and for which not every customer of the time zone was looked at. `settled` names for
    each time zone the instant up to which all evenings are settled."""
    for segment in (None, *policy.segments):
        hours = policy.for_segment(segment).sending_hours
        others = tuple(policy.segments) if segment is None else ()
        groups: dict[tuple[date, datetime, datetime], list[str]] = defaultdict(list)
        for zone, since in settled.items():
            day = local_day(zone, since)
            while (window := evening(hours, zone, day)).closes <= now:
                if since < window.opens:
                    groups[day, window.opens, since].append(zone)
                day = max(day + timedelta(days=1), local_day(zone, window.closes))  # clocks may skip or repeat a day
        for (day, began, since), where in sorted(groups.items()):
            yield Missed(Audience(tuple(where), day, segment, others), began, since)


async def make_up(
    db: Database, policy: Policy, gaps: Sequence[Missed], terms_of: Callable[[str | None], Terms], now: datetime
) -> None:
    """Writes down the missed evenings, or why that is not possible. Call it before the next round writes anything."""
    for gap in gaps:
        day = gap.audience.today
        async with db.write() as conn:
            if why_not := await _why_not(conn, policy, gap, now):
                await guarantee_history.leave_unwritten(conn, day, NotRun(gap.since, now, why_not), now)
            else:
                terms = terms_of(gap.audience.segment)
                await states.write_past_evening(conn, gap.audience, terms, day, gap.began)


async def _why_not(conn: Connection, policy: Policy, gap: Missed, now: datetime) -> WhyNotLater | None:
    """Why that evening cannot be computed any more; None if it can."""
    if now - gap.began > LONGEST_AGO:
        return "too_long_ago"
    changed_at = await guarantee_history.facts_changed_at(conn)
    if changed_at is not None and changed_at > gap.began:
        return "facts_changed"
    since = await guarantee_history.policy_used_since(conn, policy.version)
    return "policy_changed" if since is not None and since > gap.began else None


async def unwritten_days(db: Database, policy: Policy, first: date, last: date, now: datetime) -> tuple[Unwritten, ...]:
    """Every day from `first` to `last` that was not written down, counted from the program's first run. Today does not
    count, because its evening is still to come. Days on which the program does not run, and days that were removed,
    count as unwritten too."""
    async with db.read() as conn:
        found = await guarantee_history.unwritten(conn, first, last)
        kept_from = await pruning.kept_from(conn, "day_states")
        settled = {zone: walk.settled_at for zone, walk in (await walks.walks(conn)).items()}
    for gap in missed(policy, settled, now):
        if first <= gap.audience.today <= last:
            found.setdefault(gap.audience.today, NotRunSince(gap.since))
    if kept_from is not None:
        days = range((min(last, kept_from - timedelta(days=1)) - first).days + 1)
        found |= {first + timedelta(days=ago): Removed(kept_from) for ago in days}
    return tuple(Unwritten(day, cause) for day, cause in sorted(found.items()))
