"""The agents' desk as a policy describes it: working hours, deadlines, leases, and the weights of urgency.

`desk_section` reads it from a file's `[desk]`; `bot.rules.cases.urgency` and `working_time` compute with it. It changes
no promise to customers, so it is not part of a policy's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from decimal import Decimal

from bot.rules.case_reasons import CaseReason, first_answer_of
from bot.rules.facts.money import Money
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours

OTHER = "other"  # the key for all reasons that are not named


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of urgency, in points. Points for waiting have no limit, all others have one, so that no case waits
    for ever."""

    asked: int = 60  # the customer asked for a person
    vulnerable: int = 40
    broken_promise: int = 20  # for each of the last `MOST_BROKEN`
    day_overdue: int = 1  # for each of the first `MOST_DAYS`
    amount: int = 30  # for `full_amount` or more; proportionally less below
    full_amount: Mapping[str, Money] = field(default_factory=dict)  # in other currencies any amount counts half
    hour_waiting: int = 2  # for each hour in the queue

    def __post_init__(self) -> None:
        if self.hour_waiting < 1:
            raise ValueError("waiting weighs at least a point an hour, or the least urgent case would wait for ever")


MOST_BROKEN = 3
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Break:
    """Lunch: nobody is at the desk from `begins` until before `ends`, by the desk's clock, on every working day."""

    begins: time
    ends: time

    def __post_init__(self) -> None:
        if self.begins >= self.ends:
            raise ValueError(f"a break begins before it ends, not {self.begins} to {self.ends}")


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's terms. Durations are working time: they stop while the desk is closed. `hours` are by the clock of
    `time_zone`; None: somebody is there round the clock. `pause` lies within the hours."""

    time_zone: str = "UTC"
    hours: SendingHours | None = None
    lease: timedelta = timedelta(hours=1)  # after so long without any work a case goes back to the queue
    away_return: timedelta = timedelta(minutes=30)  # so long after `/away`, cases go back to the queue
    first_answer: Mapping[str, timedelta] = field(default_factory=lambda: {CaseReason.ASKED: timedelta(hours=1)})
    next_action: Mapping[str, timedelta] = field(default_factory=dict)
    remind_before: timedelta = timedelta(minutes=15)
    promise_tolerance: Decimal = Decimal(0)  # the share of a promised amount that may be missing
    promise_days: int = 0  # days after a promised day for a payment on its way to the wallet
    promise_ahead: int = 7  # how many days ahead a customer can promise to pay
    promise_moves: int = 2  # how often a promise can be moved; after that, an agent looks for a solution
    promise_smallest: Decimal = Decimal(0)  # the smallest share of what is due that can be promised
    dispute_days: int = 5  # working days until a customer who disputes a debt has an answer
    ask_how_it_went: bool = True
    reveals_hour: int = 10  # how many customers' contacts an agent may see within an hour
    reveals_day: int = 30  # and within a day
    weights: Weights = field(default_factory=Weights)
    pause: Break | None = None

    def __post_init__(self) -> None:
        if self.pause is not None and (self.hours is None or not is_within(self.pause, self.hours)):
            raise ValueError(f"a break lies within the desk's hours, not {self.pause.begins} to {self.pause.ends}")

    @property
    def periods(self) -> tuple[SendingHours, ...]:
        """The working periods of a day, the earliest first: two where there is a break; none round the clock."""
        if self.hours is None:
            return ()
        if self.pause is None:
            return (self.hours,)
        return (replace(self.hours, closes=self.pause.begins), replace(self.hours, opens=self.pause.ends))

    def first_answer_within(self, reason: str) -> timedelta:
        """How long a customer waits at most for the first answer in a case with this reason."""
        if (always := first_answer_of(reason)) is not None:
            return self.first_answer.get(reason, always)
        return _of(self.first_answer, reason, timedelta(hours=8))

    def next_action_within(self, reason: str) -> timedelta:
        """The longest time without any action in a case."""
        return _of(self.next_action, reason, timedelta(hours=24))


def is_within(pause: Break, hours: SendingHours) -> bool:
    """Whether some work is left before the break and after it."""
    return hours.opens < pause.begins and (hours.closes == MIDNIGHT or pause.ends < hours.closes)


def _of(by_reason: Mapping[str, timedelta], reason: str, otherwise: timedelta) -> timedelta:
    return by_reason.get(reason, by_reason.get(OTHER, otherwise))
