"""The dunning ladder: which step of a policy is current, by days past due. Whether and when a customer may be written
to is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.policy.messages import BY_NAME
from bot.rules.policy.terms import Policy, Step

LAST_MESSAGE_DAYS = 7  # how long the last message is still worth sending


@dataclass(frozen=True, slots=True)
class StepWindow:
    """The days past due, first and last included, on which `step` is current; `last_day` None means for ever."""

    step: Step
    first_day: int
    last_day: int | None

    def __contains__(self, days_past_due: int) -> bool:
        return self.first_day <= days_past_due and (self.last_day is None or days_past_due <= self.last_day)


def message_windows(policy: Policy) -> tuple[StepWindow, ...]:
    """The windows of the message steps, by day; they never overlap."""
    return tuple(
        StepWindow(step, step.day, _last_true_day(policy, step.day, step.message))
        for step in policy.steps
        if step.message is not None
    )


def escalation_windows(policy: Policy) -> tuple[StepWindow, ...]:
    """The windows of the steps that call a person, by day; they never end."""
    return tuple(StepWindow(step, step.day, None) for step in policy.steps if step.escalate is not None)


def step_for(policy: Policy, days_past_due: int) -> Step | None:
    """The message step that is current on that day, if any."""
    return next((window.step for window in message_windows(policy) if days_past_due in window), None)


def next_step(policy: Policy, days_past_due: int) -> Step | None:
    """The first step of any kind on a later day; on the same day, messages come before escalations."""
    return next((step for step in policy.steps if step.day > days_past_due), None)


def _last_true_day(policy: Policy, day: int, message: str) -> int:
    """A message is current until the next step, and never for longer than what it says is true."""
    later = next_step(policy, day)
    last = later.day - 1 if later is not None else day + LAST_MESSAGE_DAYS - 1
    return min(last, BY_NAME[message].true_until)
