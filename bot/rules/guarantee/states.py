"""The contact guarantee (contract section 6): the one state an overdue customer is in.

`storage.guarantee.states` has the same rule in SQL, for all customers at once; a test keeps the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.rules.policy.policy import Policy

State = Literal["in_grace", "reached", "in_queue", "on_hold", "silent"]
Cause = Literal["no_channel", "not_reached", "no_sign_of_life"]
DISPUTE_RESTS_DAYS = 30  # a debt that the wallet calls disputed rests so long after its due date
STATES: tuple[State, ...] = ("in_grace", "reached", "in_queue", "on_hold", "silent")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one overdue customer. `oldest_due` is the earliest due date of their overdue debts that are
    not on hold (None: all are on hold). `told_at` is when a channel first accepted a message about one of these debts,
    or an agent's message. `sign_at` is the last sign of life: the customer pressed a button, wrote, paid or spoke."""

    oldest_due: date | None
    open_case: bool
    told_at: datetime | None
    sign_at: datetime | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class SilentDay:
    """A customer who was silent on a day, and the cause; empty where it was not stored."""

    customer_id: str
    day: date
    cause: str


def person_from(policy: Policy) -> int:
    """The first day past due on which a customer who was not reached needs a person. It comes after the grace period,
    and not before the day by which a message must have been accepted."""
    return max(policy.grace_days + 1, policy.guarantee.sent_by_day)


def state(policy: Policy, evidence: Evidence, today: date) -> tuple[State, Cause | None]:
    """The one state of an overdue customer on `today` (their own day), and the cause if the state is `silent`."""
    if evidence.open_case:
        return "in_queue", None
    if evidence.oldest_due is None:
        return "on_hold", None
    days = (today - evidence.oldest_due).days
    if days < person_from(policy):
        return "in_grace", None
    if evidence.told_at is None:
        return "silent", "not_reached" if evidence.reachable else "no_channel"
    signed = evidence.sign_at is not None and evidence.sign_at >= evidence.told_at
    if signed or days < policy.guarantee.seen_by_day:
        return "reached", None
    return "silent", "no_sign_of_life"
