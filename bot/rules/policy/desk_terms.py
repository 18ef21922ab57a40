"""The agents' desk as a policy describes it: working hours, deadlines, leases, and what makes a case urgent.

What a file's `[desk]` says is read in `policy_desk`; how urgency and deadlines are reckoned with these terms is in
`urgency` and `working_time`. None of it changes what a customer is promised, so it is no part of a policy's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bot.rules.facts.money import Money
from bot.rules.policy.sending_hours import SendingHours

OTHER = "other"  # the key for every reason that is not named


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes a case urgent, in points. Waiting has no limit, all else has one, so that nothing starves."""

    asked: int = 60  # the customer asked for a person
    vulnerable: int = 40
    broken_promise: int = 20  # each of the last `MOST_BROKEN`
    day_overdue: int = 1  # each of the first `MOST_DAYS`
    amount: int = 30  # for `full_amount` or more; for less, in proportion
    full_amount: Mapping[str, Money] = field(default_factory=dict)  # of a currency not named, any sum weighs half
    hour_waiting: int = 2  # each hour in the queue

    def __post_init__(self) -> None:
        if self.hour_waiting < 1:
            raise ValueError("waiting weighs at least a point an hour, or the least urgent case would wait for ever")


MOST_BROKEN = 3
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """Durations are working time: they stand still while the desk is closed. `hours` are by the clock of `time_zone`;
    None: somebody is there round the clock."""

    time_zone: str = "UTC"
    hours: SendingHours | None = None
    lease: timedelta = timedelta(hours=1)  # without any work on it a case goes back to the queue
    away_return: timedelta = timedelta(minutes=30)  # after `/away` so long, cases go back to the queue
    first_answer: Mapping[str, timedelta] = field(default_factory=lambda: {"asked": timedelta(hours=1)})
    next_action: Mapping[str, timedelta] = field(default_factory=dict)
    remind_before: timedelta = timedelta(minutes=15)
    promise_tolerance: Decimal = Decimal(0)  # a share of the promised amount that may be missing
    promise_days: int = 0  # after a promised day, for a payment that is on its way to the wallet
    ask_how_it_went: bool = True
    reveals_hour: int = 10  # numbers and addresses that an agent is shown within an hour at most
    reveals_day: int = 30  # and within a day
    weights: Weights = field(default_factory=Weights)

    def first_answer_within(self, reason: str) -> timedelta:
        """How long a customer waits at most for the first answer in a case that was opened for this reason."""
        return _of(self.first_answer, reason, timedelta(hours=8))

    def next_action_within(self, reason: str) -> timedelta:
        """How long a case lies at most before something is done about it again."""
        return _of(self.next_action, reason, timedelta(hours=24))


def _of(by_reason: Mapping[str, timedelta], reason: str, otherwise: timedelta) -> timedelta:
    return by_reason.get(reason, by_reason.get(OTHER, otherwise))
