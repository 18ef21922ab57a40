"""Escalations: the steps of a policy's ladder that need a person, and debtors whom no channel reaches.

A look (`bot.work.runtime.ladder_look`) finds them, and the planning round calls what is here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from storage.cases import cases_opening
from storage.cases.cases_opening import Escalation
from storage.runtime.engine import Connection


@dataclass(frozen=True, slots=True)
class Calls:
    """What has to be escalated to a person now; in most looks nothing."""

    escalations: tuple[Escalation, ...] = ()  # each for those customers who need it
    unreachable: tuple[str, ...] = ()  # debtors who have no channel left

    def __add__(self, other: Calls) -> Calls:
        return Calls(self.escalations + other.escalations, self.unreachable + other.unreachable)

    @property
    def customer_ids(self) -> set[str]:
        return set(self.unreachable).union(*(escalation.customer_ids for escalation in self.escalations))

    def of(self, customer_ids: Collection[str]) -> Calls:
        """The part of it that is about these customers."""
        escalations = (escalation.of(customer_ids) for escalation in self.escalations)
        lost = tuple(customer_id for customer_id in self.unreachable if customer_id in customer_ids)
        return Calls(tuple(escalation for escalation in escalations if escalation.debts), lost)


async def escalate(conn: Connection, calls: Calls, now: datetime) -> int:
    """Opens the cases of the ladder's steps; returns how many."""
    return sum([await cases_opening.open_overdue(conn, escalation, now) for escalation in calls.escalations])


async def escalate_unreachable(conn: Connection, calls: Calls, channels: Collection[str], now: datetime) -> int:
    """Opens cases for debtors whom no channel reaches; returns how many."""
    if not calls.unreachable:
        return 0
    return await cases_opening.open_unreachable(conn, channels, now, calls.unreachable)
