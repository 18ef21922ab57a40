"""Reminders of the parts of a plan, the plan's own ladder: on which days a part is spoken of, and whether it still may
be as the message is sent. While the plan is kept nothing is sent about the old debt.

They are reminders: they keep to the sending hours, the customer's wishes and the caps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.rules.facts.customer_facts import Customer
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, next_window, wished_hours
from bot.rules.reminders.contact_caps import after_cap, over_cap
from bot.rules.reminders.send_check import Never, NotNow, why_waiting

EARLIEST_DAYS = 14
"""So many days before its day a part is spoken of at the earliest, whatever a policy says."""


@dataclass(frozen=True, slots=True)
class PartToPay:
    """A part of a plan that is in force: the day on which it is due, and how many minor units of it are to be paid."""

    due_date: date
    left: int


@dataclass(frozen=True, slots=True)
class Speak:
    """The customer may be reminded of the part now."""


def step_today(remind: Sequence[int], due: date, today: date) -> int | None:
    """The step of a part that is current today, as days counted from the part's day; None before the first, and after
    the part's day. A step that was missed stays current until the next."""
    if today > due:
        return None
    return max((day for day in remind if due + timedelta(days=day) <= today), default=None)


def decide(
    policy: Policy,
    customer: Customer,
    part: PartToPay | None,
    step: int,
    accepted_at: Sequence[datetime],
    now: datetime,
    *,
    in_distress: bool,
) -> Speak | NotNow | Never:
    """Whether a planned reminder of a part, at this `step`, may be sent now. There is no part if its plan is not in
    force any more; `accepted_at` is when channels accepted reminders to the customer."""
    if customer.forgotten:
        return Never("forgotten")
    if in_distress:
        return Never("on_hold")
    if customer.stopped:
        return Never("stopped")
    if policy.silenced_by:
        return Never("pack_expired")
    if part is None or policy.plans is None:
        return Never("no_longer_true")
    if not part.left:
        return Never("paid")
    today = local_day(customer.zone, now)
    if customer.wishes.paused(today):
        return Never("paused")
    if step_today(policy.plans.remind, part.due_date, today) != step:
        return Never("no_longer_true")
    plain_hours = policy.sending_hours
    wished = wished_hours(plain_hours, customer.wishes.from_hour, customer.zone, today)
    policy = replace(policy, sending_hours=wished)
    window = next_window(policy.sending_hours, customer.zone, now)
    if window is None:
        return Never("no_hours")
    if now < window.opens:
        return NotNow(window, why_waiting(plain_hours, customer.zone, now))
    if reason := over_cap(policy, customer.zone, accepted_at, now):
        later = after_cap(policy, customer.zone, accepted_at, now)
        return NotNow(later, reason) if later else Never(reason)
    return Speak()
