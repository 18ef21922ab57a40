"""How urgent a case is, and why: points that the policy's weights give to what is known of it.

The same sum is reckoned for all waiting cases at once in `storage.cases.urgency`; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import MOST_BROKEN, MOST_DAYS, Weights

HOUR = timedelta(hours=1)
HOUR_S = 3600
SECOND = timedelta(seconds=1)
# Ranks are reckoned from here back, so that each is below 0, which stands for one that is still to be reckoned.
FAR_AHEAD = datetime(2200, 1, 1, tzinfo=UTC)
NOT_RECKONED = 0
Ground = Literal["asked", "vulnerable", "broken_promise", "day_overdue", "amount", "hour_waiting"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is weighed of a case. `overdue` has a sum for each currency; `broken` counts promises not kept."""

    asked: bool
    vulnerable: bool
    broken: int
    days_overdue: int
    overdue: tuple[Money, ...]
    waits_since: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a case's urgency: for what, and how many points."""

    ground: Ground
    points: int


def reasons(weights: Weights, case: Weighed, now: datetime) -> tuple[Reason, ...]:
    """What a case's urgency is made of, the weightiest first; what weighs nothing is left out."""
    waited_s = max(0, _second(now) - _second(case.waits_since))
    points = _standing(weights, case) | {"hour_waiting": weights.hour_waiting * waited_s // HOUR_S}
    found = [Reason(ground, weight) for ground, weight in points.items() if weight]
    return tuple(sorted(found, key=lambda reason: -reason.points))


def urgency(weights: Weights, case: Weighed, now: datetime) -> int:
    """All points together."""
    return sum(reason.points for reason in reasons(weights, case, now))


def rank(weights: Weights, case: Weighed) -> int:
    """Where a case stands in the queue: the lower, the more urgent, as a first place is. All cases gain alike while
    they wait, so their ranks stay in order until facts change or a day passes. In parts of a point, by the second."""
    ahead_s = _second(FAR_AHEAD) - _second(case.waits_since)
    return -(HOUR_S * sum(_standing(weights, case).values()) + weights.hour_waiting * ahead_s)


def points_at(weights: Weights, its_rank: int, now: datetime) -> int:
    """The points of a case of that rank at an instant; none while it is still to be reckoned."""
    if its_rank == NOT_RECKONED:
        return 0
    return max(0, (-its_rank - weights.hour_waiting * (_second(FAR_AHEAD) - _second(now))) // HOUR_S)


def amount_points(weights: Weights, money: Money) -> int:
    """What a sum weighs: all points at `full_amount`, in proportion below; half of them in a currency not named."""
    if money.amount <= 0:
        return 0
    full = weights.full_amount.get(money.currency)
    if full is None or full.amount <= 0:
        return weights.amount // 2
    return weights.amount * min(money.amount, full.amount) // full.amount


def _standing(weights: Weights, case: Weighed) -> dict[Ground, int]:
    """The points that do not grow by waiting."""
    return {
        "asked": weights.asked if case.asked else 0,
        "vulnerable": weights.vulnerable if case.vulnerable else 0,
        "broken_promise": weights.broken_promise * min(case.broken, MOST_BROKEN),
        "day_overdue": weights.day_overdue * max(0, min(case.days_overdue, MOST_DAYS)),
        "amount": max((amount_points(weights, money) for money in case.overdue), default=0),
    }


def _second(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // SECOND
