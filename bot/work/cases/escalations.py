"""Escalations: the steps of a policy's ladder that need a person, and debtors whom no channel reaches.

There is one statement for each day, segment and step, never a loop over accounts. The planning round calls them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.policy.ladder import escalation_windows
from bot.rules.policy.policy import Policy
from bot.work.guarantee.guard import minimums_of
from bot.work.policy.audiences import Crowd, by_day, step_dates
from storage.cases import cases_opening
from storage.cases.cases_opening import Escalation
from storage.facts.debts import Ladder
from storage.runtime.engine import Connection


@dataclass(frozen=True, slots=True)
class Calls:
    """What has to be escalated to a person now; in most looks nothing."""

    escalations: Sequence[Escalation] = ()  # each for those customers who need it
    unreachable: tuple[str, ...] = ()  # debtors who have no channel left

    @property
    def customer_ids(self) -> set[str]:
        return set(self.unreachable).union(*(escalation.customer_ids for escalation in self.escalations))


async def look(
    conn: Connection, policy: Policy, ladder: Ladder, crowd: Crowd, channels: Collection[str], now: datetime
) -> Calls:
    """Finds what to escalate, and writes nothing. Unreachable debtors are looked for only with the current version."""
    found = []
    for escalation in _escalations(policy, ladder, crowd, now):
        if debts := await cases_opening.needing_escalation(conn, escalation):
            found.append(replace(escalation, debts=debts))
    lost = await cases_opening.unreachable(conn, channels, crowd.customer_ids) if ladder.current else ()
    return Calls(found, lost)


async def escalate(conn: Connection, calls: Calls, now: datetime) -> int:
    """Opens the cases of the ladder's steps; returns how many."""
    return sum([await cases_opening.open_overdue(conn, escalation, now) for escalation in calls.escalations])


async def escalate_unreachable(conn: Connection, calls: Calls, channels: Collection[str], now: datetime) -> int:
    """Opens cases for debtors whom no channel reaches; returns how many."""
    if not calls.unreachable:
        return 0
    return await cases_opening.open_unreachable(conn, channels, now, calls.unreachable)


def _escalations(policy: Policy, ladder: Ladder, crowd: Crowd, now: datetime) -> Iterator[Escalation]:
    for audience in by_day(policy, crowd, now):
        segment_policy = policy.for_segment(audience.segment)
        for step in escalation_windows(segment_policy):
            dates, reason = step_dates(step, audience.today), str(step.step.escalate)
            yield Escalation(audience, reason, dates, minimums_of(segment_policy), ladder)
