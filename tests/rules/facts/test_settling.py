"""What became of a debt that is not owed any more: paid only where the money came in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.rules.facts.settling import Change, ending, merged

CHANGE = Change("I1", "TWD", 0, due=date(2026, 2, 24))
UNTIL = date(2026, 3, 1)


def test_what_came_to_nothing_is_no_change() -> None:
    there, back = replace(CHANGE, moved_to=date(2026, 3, 26)), replace(CHANGE, moved_to=date(2026, 2, 24))
    assert merged([there, replace(back, due=date(2026, 3, 26))]) == ()
    assert merged([replace(CHANGE, came_in=5), replace(CHANGE, came_in=-5)]) == ()


def test_what_was_not_due_yet_says_nothing_of_how_a_case_ended() -> None:
    paid = replace(CHANGE, came_in=100)
    later = Change("I2", "TWD", 0, waived=100, due=date(2026, 4, 1))
    assert ending([paid, later], UNTIL) == "paid"
    assert ending([later], UNTIL) == "nothing_owed"


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
