"""Urgency: how urgent a case is, and why. The policy's weights give points to what is known about it.

`storage.cases.urgency` computes the same sum for all waiting cases at once; a test keeps the two equal.
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
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Ranks count back from here, so that each is below 0; 0 means that the case is not ranked yet.
FAR_AHEAD = datetime(2200, 1, 1, tzinfo=UTC)
NOT_RANKED = 0
# More than anything else adds up to, ten years of waiting included; no policy changes that.
DISTRESS_POINTS = 10**9
Ground = Literal["distress", "asked", "vulnerable", "broken_promise", "day_overdue", "amount", "hour_waiting"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The facts that urgency is computed from. `overdue` has an amount for each currency; `broken` counts promises not
    kept."""

    distress: bool
    asked: bool
    vulnerable: bool
    broken: int
    days_overdue: int
    overdue: tuple[Money, ...]
    waits_since: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a case's urgency: its ground, and its points."""

    ground: Ground
    points: int


def reasons(weights: Weights, case: Weighed, now: datetime) -> tuple[Reason, ...]:
    """The parts of a case's urgency, weightiest first; parts without points are left out."""
    waited_s = max(0, _second(now) - _second(case.waits_since))
    points = _fixed_points(weights, case) | {"hour_waiting": weights.hour_waiting * waited_s // HOUR_S}
    found = [Reason(ground, weight) for ground, weight in points.items() if weight]
    return tuple(sorted(found, key=lambda reason: -reason.points))


def urgency(weights: Weights, case: Weighed, now: datetime) -> int:
    """All points together."""
    return sum(reason.points for reason in reasons(weights, case, now))


def rank(weights: Weights, case: Weighed) -> int:
    """The case's place in the queue: the lower, the more urgent. All cases gain equally while they wait, so their order
    stays until facts change or a day passes. In fractions of a point, to the second."""
    ahead_s = _second(FAR_AHEAD) - _second(case.waits_since)
    return -(HOUR_S * sum(_fixed_points(weights, case).values()) + weights.hour_waiting * ahead_s)


def points_at(weights: Weights, case_rank: int, now: datetime) -> int:
    """The points of a case with that rank at an instant; 0 if it is not ranked yet."""
    if case_rank == NOT_RANKED:
        return 0
    return max(0, (-case_rank - weights.hour_waiting * (_second(FAR_AHEAD) - _second(now))) // HOUR_S)


def amount_points(weights: Weights, money: Money) -> int:
    """The points of an amount: all of them at `full_amount`, proportionally less below; half of them in a currency that
    is not named."""
    if money.amount <= 0:
        return 0
    full = weights.full_amount.get(money.currency)
    if full is None or full.amount <= 0:
        return weights.amount // 2
    return weights.amount * min(money.amount, full.amount) // full.amount


def _fixed_points(weights: Weights, case: Weighed) -> dict[Ground, int]:
    """The points that do not grow by waiting."""
    return {
        "distress": DISTRESS_POINTS if case.distress else 0,
        "asked": weights.asked if case.asked else 0,
        "vulnerable": weights.vulnerable if case.vulnerable else 0,
        "broken_promise": weights.broken_promise * min(case.broken, MOST_BROKEN),
        "day_overdue": weights.day_overdue * max(0, min(case.days_overdue, MOST_DAYS)),
        "amount": max((amount_points(weights, money) for money in case.overdue), default=0),
    }


def _second(instant: datetime) -> int:
    return (instant - EPOCH) // SECOND
