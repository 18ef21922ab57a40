"""Free text with plain letters, in time that grows with its length; what languages write stays as it is."""

from __future__ import annotations

import pytest

from bot.rules.customers.plain_text import MOST_MARKS, plain

GRAVE = "\u0316"  # below a letter; no letter has it in one sign
JOINER = "\u034f"


def test_full_width_signs_are_plain_ones() -> None:
    assert plain("ＡＢ１２！ cafe\u0301") == "AB12! café"


@pytest.mark.parametrize("before", ["", "a", "ab", "好"])
def test_only_a_row_of_marks_that_no_language_writes_is_split(before: str) -> None:
    longest = GRAVE * MOST_MARKS
    assert plain(before + longest) == before + longest
    assert plain(before + longest + GRAVE) == f"{before}{longest}{JOINER}{GRAVE}"
    assert plain(before + longest * 2) == f"{before}{longest}{JOINER}{longest}"
    assert plain(before + longest * 2 + GRAVE) == f"{before}{longest}{JOINER}{longest}{JOINER}{GRAVE}"


def test_each_letter_may_have_its_marks() -> None:
    letters = f"a{GRAVE * MOST_MARKS}" * 3
    assert plain(letters) == letters
