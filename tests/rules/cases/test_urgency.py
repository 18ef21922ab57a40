"""How urgent a case is, why, and where that puts it in the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.rules.cases.case import Case
from bot.rules.cases.urgency import (
    DISTRESS_POINTS,
    HOUR_S,
    NOT_RANKED,
    Reason,
    Weighed,
    amount_points,
    points_at,
    rank,
    reasons,
    urgency,
)
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Weights

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
FULL = Money(10_000, "CNY")
WEIGHTS = Weights(full_amount={"CNY": FULL, "TWD": Money(0, "TWD")})
CALM = Weighed(distress=False, asked=False, vulnerable=False, broken=0, days_overdue=0, overdue=(), waits_since=NOW)


def points(now: datetime = NOW, **what: Any) -> dict[str, int]:
    return {reason.ground: reason.points for reason in reasons(WEIGHTS, replace(CALM, **what), now)}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, {}),
        ({"asked": True}, {"asked": 60}),
        ({"distress": True}, {"distress": DISTRESS_POINTS}),
        ({"vulnerable": True}, {"vulnerable": 40}),
        ({"broken": 1}, {"broken_promise": 20}),
        ({"broken": 3}, {"broken_promise": 60}),
        ({"broken": 4}, {"broken_promise": 60}),  # of the last three
        ({"days_overdue": 1}, {"day_overdue": 1}),
        ({"days_overdue": 60}, {"day_overdue": 60}),
        ({"days_overdue": 61}, {"day_overdue": 60}),
        ({"days_overdue": -1}, {}),  # not due yet
        ({"overdue": (FULL,)}, {"amount": 30}),
        ({"overdue": (Money(1000, "CNY"), Money(1, "JPY"))}, {"amount": 15}),  # the weightiest of all currencies
    ],
)
def test_what_makes_a_case_urgent(what: dict[str, Any], expected: dict[str, int]) -> None:
    assert points(**what) == expected


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(timedelta(hours=1), 2), (timedelta(minutes=30), 1), (timedelta(minutes=29, seconds=59), 0)],
)
def test_who_waits_gains_two_points_an_hour(waited: timedelta, expected: int) -> None:
    assert points(NOW + waited).get("hour_waiting", 0) == expected


def test_who_has_just_come_has_not_waited() -> None:
    assert urgency(Weights(hour_waiting=HOUR_S), CALM, NOW) == 0


def test_danger_comes_before_all_that_a_policy_can_say_and_ten_years_of_waiting() -> None:
    most = Weights(10_000, 10_000, 10_000, 10_000, 10_000, {"CNY": FULL}, 10_000)
    all_else = replace(CALM, asked=True, vulnerable=True, broken=9, days_overdue=999, overdue=(FULL,))
    waited = replace(all_else, waits_since=NOW - timedelta(days=3650))
    assert rank(most, replace(CALM, distress=True)) < rank(most, waited)
    assert most.hour_waiting * HOUR_S * 10**6 + rank(most, replace(waited, distress=True)) > -(2**62)


def test_who_is_to_wait_only_later_does_not_lose_by_it() -> None:
    assert points(NOW - timedelta(hours=5)) == {}


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money(10_000, "CNY"), 30),
        (Money(9_999, "CNY"), 29),
        (Money(20_000, "CNY"), 30),
        (Money(334, "CNY"), 1),
        (Money(1, "USD"), 15),  # a currency that the policy does not name
        (Money(1, "TWD"), 15),  # or names without a sum
        (Money(0, "USD"), 0),
        (Money(-1, "USD"), 0),
    ],
)
def test_what_a_sum_weighs(money: Money, expected: int) -> None:
    assert amount_points(WEIGHTS, money) == expected


def test_points_are_whole() -> None:
    assert str(amount_points(Weights(amount=31), Money(1, "USD"))) == "15"
    soon = timedelta(microseconds=900_000)
    assert rank(WEIGHTS, replace(CALM, waits_since=NOW + soon)) == rank(WEIGHTS, CALM)


def test_a_sum_of_one_unit_is_a_full_one_where_the_policy_says_so() -> None:
    assert amount_points(Weights(full_amount={"JPY": Money(1, "JPY")}), Money(1, "JPY")) == 30


ALL = replace(CALM, asked=True, vulnerable=True, broken=2, days_overdue=7, overdue=(FULL,))


def test_the_weightiest_reason_is_told_first_and_all_add_up() -> None:
    found = reasons(WEIGHTS, ALL, NOW + timedelta(hours=4))
    assert found == (
        Reason("asked", 60),
        Reason("vulnerable", 40),
        Reason("broken_promise", 40),
        Reason("amount", 30),
        Reason("hour_waiting", 8),
        Reason("day_overdue", 7),
    )
    assert urgency(WEIGHTS, ALL, NOW + timedelta(hours=4)) == 185


@pytest.mark.parametrize("waited", [timedelta(), timedelta(minutes=31), timedelta(days=400)])
def test_a_rank_tells_the_points_of_any_instant(waited: timedelta) -> None:
    assert points_at(WEIGHTS, rank(WEIGHTS, ALL), NOW + waited) == urgency(WEIGHTS, ALL, NOW + waited)


def test_the_lower_the_rank_the_more_urgent() -> None:
    assert rank(WEIGHTS, ALL) < rank(WEIGHTS, replace(CALM, waits_since=NOW - timedelta(hours=1))) < rank(WEIGHTS, CALM)


def test_who_waits_a_second_longer_is_in_front() -> None:
    assert rank(WEIGHTS, replace(CALM, waits_since=NOW - timedelta(seconds=1))) < rank(WEIGHTS, CALM)


def test_before_a_case_is_ranked_it_has_no_points() -> None:
    assert points_at(WEIGHTS, NOT_RANKED, datetime(2300, 1, 1, tzinfo=UTC)) == 0


def test_points_are_never_below_nothing() -> None:
    assert points_at(WEIGHTS, rank(WEIGHTS, CALM), NOW - timedelta(hours=3)) == 0


def test_a_case_waits_since_its_last_work_or_since_a_message_that_nobody_has_answered() -> None:
    opened = Case(1, "C1", "asked", "waiting", NOW)
    worked = replace(opened, worked_at=NOW + timedelta(hours=1))
    asked = replace(worked, waits_since=NOW + timedelta(hours=2))
    assert [case.waiting_since for case in (opened, worked, asked)] == [NOW + timedelta(hours=n) for n in range(3)]
