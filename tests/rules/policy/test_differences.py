"""What a supervisor is shown of a policy that changes, line by line."""

from __future__ import annotations

import pytest

from bot.rules.policy.differences import MOST_LINES, Line, TooLong, differences


def test_the_same_text_has_no_differences() -> None:
    assert differences("a\nb\n", "a\nb\n") == differences("", "") == []


def test_what_was_removed_and_added_is_told_between_three_lines_around_it() -> None:
    lines = [f"line {n}" for n in range(9)]
    changed = [*lines[:4], "+ new", *lines[5:]]
    assert differences("\n".join(lines), "\n".join(changed)) == [
        Line("place", "@@ -2,7 +2,7 @@"),
        *(Line("same", line) for line in lines[1:4]),
        Line("removed", "line 4"),
        Line("added", "+ new"),
        *(Line("same", line) for line in lines[5:8]),
    ]


def test_a_text_that_looks_like_a_diff_is_told_as_it_is() -> None:
    assert differences("@@ x\n", "--- y\n+++ z\n") == [
        Line("place", "@@ -1 +1,2 @@"),
        Line("removed", "@@ x"),
        Line("added", "--- y"),
        Line("added", "+++ z"),
    ]


@pytest.mark.parametrize(("before", "after"), [(MOST_LINES, 1), (1, MOST_LINES)])
def test_a_text_of_too_many_lines_is_not_compared(before: int, after: int) -> None:
    assert differences("a\n" * before, "a\n" * after)
    with pytest.raises(TooLong, match="^3001 lines given, expected at most 3000$"):
        differences("a\n" * (before + (before > 1)), "a\n" * (after + (after > 1)))
