"""What a customer has to be told today: the debts that are on a step of their ladder, and whether each may be planned.

`storage.facts.debts` and `storage.reminders.notice_planning` are the same for sets; random tests keep them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.dunning_ladder import step_for
from bot.rules.policy.minimum import worth_it
from bot.rules.policy.policy import Policy, Step
from bot.rules.reminders.send_check import NOT_OWED, PlannedItem

# Reasons for not sending that may end on the same day: a payment may be taken back, a due date moved twice, a customer
# may travel, turn reminders on, or unblock the bot. As long as such a reason holds, planning itself leaves the debt
# out; when it ends, planning may plan the debt again on the same day.
CLOCK_BACK = "clock_back"  # the notice was planned or ended while the clock was ahead
MENDED_AT_ANY_TIME = (
    CLOCK_BACK,
    *("no_channel", *NOT_OWED, "on_hold", "disputed", "due_date_moved", "no_longer_true", "stopped"),
    *("paused", "not_wanted"),
    *("blocked", "deactivated", "cannot_initiate", "chat_not_found", "is_a_bot", "bounced", "bad_address"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A step of an instalment in a notice, with the due date at that time; `local_day` is the customer's day that it
    was planned for, `reason` why it was not sent, `policy_version` that of its ladder."""

    notice_id: int
    instalment_id: str
    step_id: str
    due_date: date
    state: str
    reason: str | None
    local_day: date
    policy_version: str = ""

    def is_of(self, instalment: Instalment, step_id: str) -> bool:
        """Whether it is about this step of this debt, with its present due date."""
        return self.is_like(instalment, step_id) and self.due_date == instalment.due_date

    def is_like(self, instalment: Instalment, step_id: str) -> bool:
        """The same for any due date."""
        return (self.instalment_id, self.step_id) == (instalment.instalment_id, step_id)


@dataclass(frozen=True, slots=True)
class DueToday:
    """What has to be planned for a customer today, and what should be told but no channel can."""

    to_plan: tuple[PlannedItem, ...] = ()
    out_of_reach: tuple[PlannedItem, ...] = ()


def is_over_for_today(told: Told, today: date) -> bool:
    """It was not sent, and is not planned again today, because its reason will not end today."""
    return told.state == "not_sent" and told.local_day == today and told.reason not in MENDED_AT_ANY_TIME


def may_be_planned(about: Iterable[Told], today: date) -> bool:
    """Whether a step of a debt may be planned for today; `about` are its earlier notices. It was not told yet, and is
    not about to be told."""
    return not any(told.state != "not_sent" or is_over_for_today(told, today) for told in about)


def may_be_told(instalment: Instalment) -> bool:
    """Whether reminders may mention this debt: it is owed, not disputed, and not on hold."""
    return instalment.status == "open" and not instalment.held and not instalment.settled


def on_a_step(
    policy_of: Callable[[Instalment], Policy | None], owed: Iterable[Instalment], today: date
) -> tuple[tuple[Instalment, Step, Policy], ...]:
    """The debts on a message step, if enough is owed over all debts on a step of the same policy. `policy_of` gives the
    policy of a debt's ladder, None if that ladder is no longer used."""
    on_step: dict[str, list[tuple[Instalment, Step, Policy]]] = {}
    for instalment in filter(may_be_told, owed):
        policy = policy_of(instalment)
        if policy is not None and (step := step_for(policy, instalment.days_past_due(today))) is not None:
            on_step.setdefault(policy.version, []).append((instalment, step, policy))
    found = []
    for of_version in on_step.values():
        enough = worth_it(of_version[0][2], [instalment for instalment, _, _ in of_version])
        found += [row for row in of_version if row[0] in enough]
    return tuple(found)


def due_today(
    policy_of: Callable[[Instalment], Policy | None],
    facts: CustomerFacts,
    told: Collection[Told],
    reached_by: Collection[str],
    today: date,
) -> DueToday:
    """What is to be told a customer on their day `today`, where it has hours to tell it in; `reached_by` are the
    channels that are set up and reach them, `told` what was planned before."""
    to_plan, out_of_reach, wishes = [], [], facts.customer.wishes
    silent = facts.customer.stopped or wishes.paused(today)

    def wished(instalment: Instalment) -> Policy | None:
        policy = policy_of(instalment)
        return None if policy is None else policy.for_wish(wishes.often)

    for instalment, step, policy in on_a_step(wished, facts.unsettled, today):
        item = PlannedItem(instalment.instalment_id, step.id, instalment.due_date, policy.version)
        about = [one for one in told if one.is_of(instalment, step.id)]
        # First, a waiting notice with the old due date has to end.
        waits = any(one.state == "planned" and one.is_like(instalment, step.id) for one in told)
        if not any(channel in reached_by for channel in step.channels):
            out_of_reach += [] if about else [item]
        elif not silent and not waits and may_be_planned(about, today):
            to_plan.append(item)
    return DueToday(tuple(to_plan), tuple(out_of_reach))
