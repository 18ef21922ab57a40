"""Send check: whether a planned notice may be sent now, checked just before sending. In doubt it is not sent, and the
reason is always given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.facts.wishes import HOW_OFTEN, Often
from bot.rules.policy.dunning_ladder import step_for
from bot.rules.policy.minimum import worth_it
from bot.rules.policy.policy import Policy, Step
from bot.rules.policy.sending_hours import SendingHours, Window, local_day, next_window, wished_hours
from bot.rules.reminders.contact_caps import after_cap, over_cap

# Why an instalment is not owed any more, most important first; the last one means unknown.
NOT_OWED = ("paid", "waived", "corrected", "taken_off", "no_longer_owed")


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One instalment and step that a notice was planned for, with the due date at that time."""

    instalment_id: str
    step_id: str
    due_date: date
    policy_version: str = ""  # of its ladder


@dataclass(frozen=True, slots=True)
class Send:
    """It may be sent now, about these instalments, each with its step's message."""

    items: tuple[tuple[Instalment, str], ...]
    channels: tuple[str, ...] = ()  # to try, in this order
    left_out: tuple[tuple[PlannedItem, str], ...] = ()  # planned, but not told now; each with the reason


@dataclass(frozen=True, slots=True)
class NotNow:
    """It waits for `window`."""

    window: Window
    reason: str


@dataclass(frozen=True, slots=True)
class Never:
    """It will not be sent; what is still true will be planned again on another day."""

    reason: str


Verdict = Send | NotNow | Never


def decide(
    policy: Policy,
    facts: CustomerFacts,
    planned: Sequence[PlannedItem],
    accepted_at: Sequence[datetime],
    now: datetime,
    *,
    ladders: Mapping[str, Policy],
) -> Verdict:
    """Judges one notice against the present facts.

    `policy` is the present one of the customer's segment: it says when and how often. `ladders` has, by version, the
    policies of the items' ladders: they say what to tell. `accepted_at` are the instants at which a channel accepted
    earlier reminders to this customer (at least those of the last eight days).
    """
    customer = facts.customer
    if customer.forgotten:
        return Never("forgotten")
    if customer.stopped:
        return Never("stopped")
    if policy.silenced_by:
        return Never("pack_expired")
    today = local_day(customer.zone, now)
    wishes = customer.wishes
    if wishes.paused(today):
        return Never("paused")
    plain_hours = policy.sending_hours
    policy = policy.for_wish(wishes.often)
    if (wished := wished_hours(plain_hours, wishes.from_hour, customer.zone, today)) is not plain_hours:
        policy = replace(policy, sending_hours=wished)
    items, left_out = _still_true(facts, planned, today, policy, ladders)
    if not items:
        return Never(_weightiest([reason for _, reason in left_out]))
    # As in planning: over all instalments on a step today, told already or not.
    on_step = [i for i in facts.unsettled if not i.held and step_for(policy, i.days_past_due(today))]
    if not worth_it(policy, [*on_step, *(i for i, _ in items if i not in on_step)]):
        return Never("below_minimum")
    window = next_window(policy.sending_hours, customer.zone, now)
    if window is None:
        return Never("no_hours")
    if now < window.opens:
        return NotNow(window, why_waiting(plain_hours, customer.zone, now))
    if reason := over_cap(policy, customer.zone, accepted_at, now):
        later = after_cap(policy, customer.zone, accepted_at, now)
        return NotNow(later, reason) if later else Never(reason)
    items.sort(key=lambda pair: (pair[0].due_date, pair[0].instalment_id))
    channels = wishes.ordered(channel for _, step in items for channel in step.channels)
    told = tuple((instalment, str(step.message)) for instalment, step in items)
    return Send(told, channels, tuple(left_out))


def _still_true(
    facts: CustomerFacts, planned: Sequence[PlannedItem], today: date, policy: Policy, ladders: Mapping[str, Policy]
) -> tuple[list[tuple[Instalment, Step]], list[tuple[PlannedItem, str]]]:
    """The planned items that are still true today, each with its step; and the others, each with why it is left out."""
    unsettled = {i.instalment_id: i for i in facts.unsettled}
    items: list[tuple[Instalment, Step]] = []
    left_out: list[tuple[PlannedItem, str]] = []
    for item in planned:
        instalment = unsettled.get(item.instalment_id)
        if instalment is None:  # a debt that is not owed was not necessarily paid
            left_out.append((item, facts.gone.get(item.instalment_id, "no_longer_owed")))
            continue
        ladder = ladders.get(item.policy_version, policy)
        step = _current_step(ladder, instalment, item, today, facts.customer.wishes.often)
        if isinstance(step, str):
            left_out.append((item, step))
        else:
            items.append((instalment, step))
    return items, left_out


def why_waiting(of_policy: SendingHours, zone: str, now: datetime) -> str:
    """Why a message waits for its hours: it might be sent now, and the customer chose a later hour, or it may not."""
    may_be_sent = next_window(of_policy, zone, now)
    return "chosen_hour" if may_be_sent is not None and now in may_be_sent else "outside_hours"


def are_fresh(policy: Policy, wallet_spoke_at: datetime | None, now: datetime) -> bool:
    """Whether the wallet's last facts, about any customer, are recent enough to name amounts (`facts_max_age`). A
    wallet that sends only changes says by that that nothing else has changed."""
    return is_recent(policy.facts_max_age, wallet_spoke_at, now)


def are_fresh_for_all(policy: Policy, wallet_spoke_at: datetime | None, now: datetime) -> bool:
    """The same under the strictest of a policy's segments, whose customers would otherwise read no amounts."""
    return is_recent(strictest_age(policy), wallet_spoke_at, now)


def strictest_age(policy: Policy) -> timedelta | None:
    """How old the wallet's facts may be before some customer reads no amounts; None where any age is allowed."""
    ages = [each.facts_max_age for each in (policy, *policy.segments.values()) if each.facts_max_age is not None]
    return min(ages, default=None)


def is_recent(allowed: timedelta | None, wallet_spoke_at: datetime | None, now: datetime) -> bool:
    """Whether facts of this instant are at most as old as allowed (None: any age is)."""
    return allowed is None or (wallet_spoke_at is not None and now - wallet_spoke_at <= allowed)


def _current_step(policy: Policy, instalment: Instalment, item: PlannedItem, today: date, often: Often) -> Step | str:
    """The step that this item is still on, or why it must not be told any more."""
    if instalment.held or instalment.status == "disputed":
        return "disputed" if instalment.status == "disputed" else "on_hold"
    if instalment.due_date != item.due_date:
        return "due_date_moved"
    days = instalment.days_past_due(today)
    current = step_for(policy.for_wish(often), days)
    if current is not None and current.id == item.step_id:
        return current
    by_wish = (step_for(policy.for_wish(how), days) for how in HOW_OFTEN)
    is_current = any(step is not None and step.id == item.step_id for step in by_wish)
    return "not_wanted" if is_current else "no_longer_true"


def _weightiest(reasons: Sequence[str]) -> str:
    """One reason for the whole notice: the one that a complaint would ask about first."""
    for reason in ("on_hold", "disputed", *NOT_OWED, "due_date_moved", "not_wanted", "no_longer_true"):
        if reason in reasons:
            return reason
    return "nothing_to_tell"
