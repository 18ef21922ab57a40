"""Where the desk of a valid policy lets cases lie all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.rules.facts.money import Money
from bot.rules.policy.desk_holes import desk_holes
from bot.rules.policy.desk_terms import Desk, Weights

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FIRST = "the first answer (asked) is due within 1h"


def holes(*currencies: str, **desk: Any) -> list[str]:
    return [str(hole) for hole in desk_holes(Desk(**desk), currencies)]


def test_the_usual_desk_has_none() -> None:
    assert holes("TWD") == []


@pytest.mark.parametrize("desk", [{"lease": HOUR}, {"away_return": HOUR}, {"remind_before": HOUR - MINUTE}])
def test_what_is_no_longer_than_the_first_answer_is_no_hole(desk: dict[str, timedelta]) -> None:
    assert holes(**desk) == []


@pytest.mark.parametrize(
    ("desk", "hole"),
    [
        (
            {"lease": HOUR + MINUTE},
            f"desk: lease: 61m, while {FIRST}: a case is late before it goes back; expected no more than that",
        ),
        (
            {"away_return": 2 * HOUR},
            f"desk: away_return: 2h, while {FIRST}: an absent agent's cases are late before they go back",
        ),
        (
            {"remind_before": HOUR},
            f"desk: remind_before: 1h, while {FIRST}: the reminder comes as soon as the case; expected less",
        ),
    ],
)
def test_what_is_longer_than_the_first_answer_is_a_hole(desk: dict[str, timedelta], hole: str) -> None:
    assert holes(**desk) == [hole]


def test_the_soonest_first_answer_counts() -> None:
    (hole,) = holes(first_answer={"a": 3 * HOUR, "z": 90 * MINUTE}, lease=2 * HOUR)
    assert "while the first answer (z) is due within 90m" in hole


def test_without_a_first_answer_nothing_is_late() -> None:
    assert holes(first_answer={}, lease=99 * HOUR) == []


def test_a_currency_without_a_full_amount_is_a_hole_where_others_have_one() -> None:
    weights = Weights(full_amount={"CNY": Money(1, "CNY")})
    message = "has a minimum_amount and no full_amount, so that any sum in it weighs the same"
    assert holes("USD", "CNY", "TWD", weights=weights) == [
        f"desk: urgency: full_amount: {currency} {message}" for currency in ("TWD", "USD")
    ]


def test_where_sums_weigh_nothing_no_currency_needs_a_full_amount() -> None:
    assert holes("USD", weights=Weights(amount=0, full_amount={"CNY": Money(1, "CNY")})) == []
