"""What the wallet's facts changed of a debt, between two moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.rules.facts.settlement import Change, Debt, change_between

DUE = date(2026, 2, 24)
LATER = date(2026, 3, 26)
WAS = Debt("I1", "TWD", DUE, amount_due=1000, paid=100, waived=0, left=900)
NONE = Change("I1", "TWD", 900, due=DUE, owed=900)


def test_a_debt_of_somebody_else_now_was_taken_off_as_it_was() -> None:
    assert change_between(WAS, None) == Change("I1", "TWD", 0, taken_off=900, due=DUE, owed=900)


@pytest.mark.parametrize(
    ("is_", "change"),
    [
        (WAS, NONE),
        (replace(WAS, paid=400, left=600), replace(NONE, left=600, came_in=300)),
        (replace(WAS, paid=0, left=1000), replace(NONE, left=1000, came_in=-100)),  # reversed
        (replace(WAS, due=LATER), replace(NONE, moved_to=LATER)),
        (replace(WAS, amount_due=1200, left=1100), replace(NONE, left=1100, more_due=200)),
        (replace(WAS, amount_due=700, left=600), replace(NONE, left=600, more_due=-300)),
        (replace(WAS, waived=900, left=0), replace(NONE, left=0, waived=900)),
        (replace(WAS, waived=1, left=899), replace(NONE, left=899, waived=1)),
        # Corrected and waived at once: what was corrected was not given up.
        (replace(WAS, amount_due=1200, waived=1100, left=0), replace(NONE, left=0, waived=900, more_due=200)),
        (replace(WAS, amount_due=700, waived=600, left=0), replace(NONE, left=0, waived=900, more_due=-300)),
        (replace(WAS, amount_due=101, waived=1, left=0), replace(NONE, left=0, waived=900, more_due=-899)),
    ],
)
def test_what_changed(is_: Debt, change: Change) -> None:
    assert change_between(WAS, is_) == change


def test_what_was_waived_before_cannot_be_corrected() -> None:
    was = replace(WAS, waived=900, left=0)
    assert change_between(was, replace(was, amount_due=700, waived=600)) == replace(NONE, left=0, owed=0)


def test_what_is_waived_no_longer_is_owed_again() -> None:
    was = replace(WAS, waived=900, left=0)
    assert change_between(was, WAS) == replace(NONE, waived=-900, owed=0)
