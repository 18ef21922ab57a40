"""Escalations: the steps of a policy's ladder that need a person, and debtors whom no channel reaches.

There is one statement for each day, segment and step, never a loop over accounts. The planning round calls them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.policy.ladder import escalation_windows
from bot.rules.policy.policy import Policy
from bot.work.guarantee.guard import minimums_of
from bot.work.policy.audiences import by_day, step_dates
from storage.cases import cases_opening
from storage.cases.cases_opening import Escalation
from storage.facts.debts import Ladder
from storage.runtime.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class Calls:
    """What has to be escalated to a person now; in most rounds nothing."""

    escalations: Sequence[Escalation] = ()
    any_unreachable: bool = False  # some debtor has no channel left


async def look(
    conn: Connection, policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> Calls:
    """Finds what to escalate, and writes nothing. Unreachable debtors are looked for only with the current version."""
    found = [e for e in _escalations(policy, ladder, zones, now) if await cases_opening.needs_escalation(conn, e)]
    return Calls(found, ladder.current and await cases_opening.any_unreachable(conn, channels))


async def escalate(db: Database, calls: Calls, now: datetime) -> int:
    """Opens the cases of the ladder's steps, one transaction for each step; returns how many."""
    opened = 0
    for escalation in calls.escalations:
        async with db.write() as conn:
            opened += await cases_opening.open_overdue(conn, escalation, now)
    return opened


async def escalate_unreachable(db: Database, calls: Calls, channels: Collection[str], now: datetime) -> int:
    """Opens cases for debtors whom no channel reaches; returns how many."""
    if not calls.any_unreachable:
        return 0
    async with db.write() as conn:
        return await cases_opening.open_unreachable(conn, channels, now)


def _escalations(policy: Policy, ladder: Ladder, zones: Sequence[str], now: datetime) -> Iterator[Escalation]:
    for audience in by_day(policy, zones, now):
        segment_policy = policy.for_segment(audience.segment)
        for step in escalation_windows(segment_policy):
            dates, reason = step_dates(step, audience.today), str(step.step.escalate)
            yield Escalation(audience, reason, dates, minimums_of(segment_policy), ladder)
