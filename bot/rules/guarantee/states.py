"""The contact guarantee (contract section 6): in which one state an overdue customer is.

The same rule stands in SQL in `storage.guarantee.states`, for all customers at once; a test holds the two to each
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.rules.policy.policy import Policy

State = Literal["in_grace", "reached", "in_queue", "on_hold", "silent"]
Cause = Literal["no_channel", "not_reached", "no_sign_of_life"]
DISPUTE_RESTS_DAYS = 30  # what the wallet calls disputed, from when it is overdue; then a person sees to it
STATES: tuple[State, ...] = ("in_grace", "reached", "in_queue", "on_hold", "silent")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one overdue customer. `oldest_due` is the earliest due date of their overdue debts that are on
    no hold (None: all are); `told_at` when a channel first accepted a message about one of these, or an agent's words;
    `sign_at` the last sign of life: pressed, wrote, paid, spoke."""

    oldest_due: date | None
    open_case: bool
    told_at: datetime | None
    sign_at: datetime | None
    reachable: bool


def person_from(policy: Policy) -> int:
    """The day past due from which somebody who was not reached is with a person: not in the days of grace, and not
    before a message has to have been accepted."""
    return max(policy.grace_days + 1, policy.guarantee.sent_by_day)


def state(policy: Policy, evidence: Evidence, today: date) -> tuple[State, Cause | None]:
    """The one state of an overdue customer on `today` (their own day), and why, where it is silence."""
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
