"""Shares, buckets and rates as values."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.operations.figures import Agreements, Coverage, Rolls, Sends, Share, share_of


def test_a_share_of_nothing_is_none() -> None:
    assert Share(0, 0).as_json() == {"n": 0, "of": 0, "share": None}
    assert Share(1, 3).as_json() == {"n": 1, "of": 3, "share": 0.333333}
    assert share_of([]).share is None
    assert share_of([True, False]) == Share(1, 2)


@pytest.mark.parametrize(("n", "of"), [(-1, 2), (3, 2)])
def test_a_share_is_part_of_its_whole(n: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"0 to {of} of {of}, not {n}"):
        Share(n, of)


def test_who_was_in_a_bucket_rolled_on_stayed_went_back_or_was_cured() -> None:
    moved = {
        ("1-29", "current"): 5,
        ("1-29", "1-29"): 2,
        ("1-29", "30-59"): 3,
        ("60-89", "30-59"): 1,
        ("90+", "90+"): 4,
    }
    rolls = Rolls(date(2026, 3, 1), date(2026, 3, 31), moved, {"1-29": 7})
    assert rolls.forward("1-29") == Share(3, 10)
    assert rolls.forward("30-59") == Share(0, 0)
    assert rolls.forward("60-89") == Share(0, 1)
    assert rolls.cured == Share(5, 15)
    assert rolls.overdue == {"1-29": 9, "30-59": 4, "90+": 4}


def test_without_two_evenings_nothing_is_told_of_rolls() -> None:
    told = Rolls().as_json()
    assert (told["since"], told["cured"]) == (None, {"n": 0, "of": 0, "share": None})


def test_silent_days_are_not_covered() -> None:
    assert Coverage({"reached": 7, "on_hold": 2, "silent": 1}).covered == Share(9, 10)


def test_what_was_kept_is_told_of_what_was_kept_or_not() -> None:
    ended = {"kept": 3, "part": 1, "broken": 2, "not_needed": 9, "withdrawn": 9, "replaced": 9}
    assert Agreements(40, ended).kept == Share(3, 6)


def test_a_message_without_an_answer_is_in_no_share() -> None:
    assert Sends(3, 1, 5, {"blocked": 1}).delivered == Share(3, 4)
