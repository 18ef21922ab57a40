"""Escalations: the steps of a policy's ladder that call for a person, and debtors whom no channel reaches.

Each is one statement for each day, segment and step, never a loop over accounts. When it is their turn is for the round
of planning to say.
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
    """What calls for a person now; in most rounds nothing does."""

    escalations: Sequence[Escalation] = ()
    is_anybody_lost: bool = False  # who owes, and no channel is left to reach them by


async def look(
    conn: Connection, policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> Calls:
    """Looks, and writes nothing. Debtors whom nothing reaches are looked for with the current version only."""
    found = [e for e in _escalations(policy, ladder, zones, now) if await cases_opening.calls_for_somebody(conn, e)]
    return Calls(found, ladder.current and await cases_opening.is_anybody_lost(conn, channels))


async def escalate(db: Database, calls: Calls, now: datetime) -> int:
    """Opens the cases of the ladder's steps, each step in a transaction of its own; gives how many."""
    opened = 0
    for escalation in calls.escalations:
        async with db.write() as conn:
            opened += await cases_opening.open_overdue(conn, escalation, now)
    return opened


async def hand_over_the_lost(db: Database, calls: Calls, channels: Collection[str], now: datetime) -> int:
    """Opens the cases of those whom no channel reaches; gives how many."""
    if not calls.is_anybody_lost:
        return 0
    async with db.write() as conn:
        return await cases_opening.open_unreachable(conn, channels, now)


def _escalations(policy: Policy, ladder: Ladder, zones: Sequence[str], now: datetime) -> Iterator[Escalation]:
    for audience in by_day(policy, zones, now):
        its = policy.for_segment(audience.segment)
        for step in escalation_windows(its):
            dates, reason = step_dates(step, audience.today), str(step.step.escalate)
            yield Escalation(audience, reason, dates, minimums_of(its), ladder)
