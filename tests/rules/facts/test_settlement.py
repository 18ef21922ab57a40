"""How a debt was settled that is no longer owed: 'paid' only if the money was paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.rules.facts.settlement import Change, ending, merged, why_gone

DUE = date(2026, 2, 24)
LATER = date(2026, 3, 26)
CHANGE = Change("I1", "TWD", 0, due=DUE)
UNTIL = date(2026, 3, 1)


@pytest.mark.parametrize(
    "what", [{"came_in": 1}, {"waived": 1}, {"more_due": -1}, {"taken_off": 1}, {"moved_to": LATER}]
)
def test_whatever_changes_of_a_debt_is_a_change(what: dict[str, Any]) -> None:
    assert replace(CHANGE, **what)


def test_that_some_is_left_is_no_change() -> None:
    assert not replace(CHANGE, left=500)


def test_two_changes_of_one_debt_are_told_as_one() -> None:
    first = replace(CHANGE, left=900, came_in=100, waived=30, more_due=5, taken_off=7)
    second = replace(CHANGE, left=600, came_in=200, waived=70, more_due=-8, taken_off=20)
    assert merged([first, second]) == (replace(CHANGE, left=600, came_in=300, waived=100, more_due=-3, taken_off=27),)


def test_a_debt_that_was_moved_twice_went_to_the_last_day() -> None:
    then = LATER + timedelta(days=30)
    there, on = replace(CHANGE, moved_to=LATER), replace(CHANGE, due=LATER, moved_to=then)
    assert merged([there, on]) == (replace(CHANGE, moved_to=then),)


def test_a_payment_after_a_move_leaves_it_moved() -> None:
    moved, paid = replace(CHANGE, moved_to=LATER), replace(CHANGE, due=LATER, came_in=5)
    assert merged([moved, paid]) == (replace(CHANGE, moved_to=LATER, came_in=5),)


def test_each_debt_is_told_apart_in_the_order_in_which_they_came_up() -> None:
    one, other = replace(CHANGE, came_in=5), Change("I0", "TWD", 0, came_in=7, due=DUE)
    assert merged([one, other, one]) == (replace(CHANGE, came_in=10), other)


def test_what_came_to_nothing_is_no_change() -> None:
    there, back = replace(CHANGE, moved_to=LATER), replace(CHANGE, due=LATER, moved_to=DUE)
    assert merged([there, back]) == ()
    assert merged([replace(CHANGE, came_in=5), replace(CHANGE, came_in=-5)]) == ()


def test_what_had_to_be_paid_is_what_was_owed_and_what_came_to_it() -> None:
    more = replace(CHANGE, owed=100, more_due=20, waived=-3, taken_off=-4)  # owed again, and theirs again
    less = replace(CHANGE, owed=100, more_due=-20, waived=3, taken_off=4)
    assert (more.to_pay, less.to_pay) == (127, 100)
    assert CHANGE.to_pay is None


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ({"came_in": 1}, "paid"),
        ({"waived": 1}, "waived"),
        ({"more_due": -1}, "corrected"),
        ({"taken_off": 1}, "taken_off"),
        ({"moved_to": LATER}, "moved"),
        ({"came_in": 1, "waived": 1}, "part_paid"),
        ({"came_in": 1, "moved_to": LATER}, "part_paid"),
        ({"waived": 1, "more_due": -1}, "waived"),
        ({"more_due": -1, "taken_off": 1}, "corrected"),
        ({"taken_off": 1, "moved_to": LATER}, "moved"),
        ({}, "nothing_owed"),
        ({"waived": -1}, "nothing_owed"),  # owed again
        ({"more_due": 1}, "nothing_owed"),
        ({"taken_off": -1}, "nothing_owed"),
        ({"moved_to": LATER, "due": None}, "nothing_owed"),  # a new debt with a day
    ],
)
def test_how_a_case_ended(what: dict[str, Any], how: str) -> None:
    assert ending([replace(CHANGE, **what)], UNTIL) == how


@pytest.mark.parametrize("due", [UNTIL, None])
def test_what_was_due_by_then_says_how_a_case_ended(due: date | None) -> None:
    assert ending([replace(CHANGE, came_in=100, due=due)], UNTIL) == "paid"


def test_what_was_not_due_yet_says_nothing_of_how_a_case_ended() -> None:
    paid = replace(CHANGE, came_in=100)
    later = Change("I2", "TWD", 0, waived=100, due=UNTIL + timedelta(days=1))
    assert ending([paid, later], UNTIL) == "paid"
    assert ending([later], UNTIL) == "nothing_owed"


def test_one_debt_that_was_waived_beside_another_that_was_paid_is_paid_in_part() -> None:
    other = Change("I2", "TWD", 0, waived=100, due=DUE)
    assert ending([replace(CHANGE, came_in=100), other], UNTIL) == "part_paid"


def test_a_reversed_payment_is_no_money() -> None:
    assert ending([replace(CHANGE, came_in=5), replace(CHANGE, came_in=-5, waived=5)], UNTIL) == "waived"


PAID = replace(CHANGE, owed=1000, came_in=1000)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([replace(PAID, more_due=-200)], "paid"),
        ([replace(PAID, moved_to=date(2026, 3, 26))], "paid"),
        ([PAID, replace(CHANGE, owed=0, more_due=-200)], "paid"),
        ([replace(PAID, came_in=1200, more_due=200)], "paid"),
        ([replace(PAID, came_in=999, more_due=-1)], "part_paid"),
        ([replace(PAID, more_due=200), replace(CHANGE, owed=200, waived=200)], "part_paid"),
        ([replace(CHANGE, owed=1000, came_in=800, more_due=-200)], "part_paid"),
        ([replace(CHANGE, owed=0, waived=-1000), replace(CHANGE, owed=1000, came_in=1000)], "paid"),
        ([replace(CHANGE, owed=0, came_in=50, more_due=-50)], "nothing_owed"),
        (
            [replace(CHANGE, owed=1000, waived=1000), Change("I2", "TWD", 0, came_in=5, due=CHANGE.due, owed=0)],
            "waived",
        ),
        ([replace(CHANGE, came_in=1000, more_due=-200)], "part_paid"),  # as a release wrote it: nobody knows
    ],
)
def test_a_debt_is_paid_where_as_much_came_in_as_was_to_be_paid(changes: list[Change], expected: str) -> None:
    assert ending(changes, UNTIL) == expected


@pytest.mark.parametrize(
    ("status", "paid", "theirs", "why"),
    [
        ("paid", 0, True, "paid"),
        ("open", 1, True, "paid"),
        ("open", 0, True, "corrected"),
        ("waived", 5, True, "waived"),
        ("paid", 5, False, "taken_off"),
    ],
)
def test_why_nothing_is_owed_any_more(status: Any, paid: int, theirs: bool, why: str) -> None:
    assert why_gone(status, paid, theirs=theirs) == why
