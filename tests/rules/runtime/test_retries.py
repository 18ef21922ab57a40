"""Waits between tries, and when there are no more."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import pytest

from bot.rules.runtime.retries import Retries


def test_the_last_wait_is_made_again_and_again() -> None:
    retries = Retries((1.0, 5.0))
    assert [retries.wait_s(failures) for failures in (1, 2, 3, 100)] == [1.0, 5.0, 5.0, 5.0]
    assert list(islice(retries.each_wait_s(), 4)) == [1.0, 5.0, 5.0, 5.0]
    assert retries.wait(2) == timedelta(seconds=5)


def test_without_a_most_it_is_never_over() -> None:
    assert not Retries((1.0,)).is_over(10**6)


def test_as_many_tries_as_there_may_be_and_a_wait_between_each_two() -> None:
    retries = Retries((1.0, 2.0), most=4)
    assert [retries.is_over(failures) for failures in (1, 2, 3, 4, 5)] == [False, False, False, True, True]
    assert list(retries.each_wait_s()) == [1.0, 2.0, 2.0]
    assert list(Retries((1.0,), most=1).each_wait_s()) == []


def test_a_wait_may_be_none_or_short() -> None:
    assert Retries((0.0, 0.5)).wait_s(1) == 0


@pytest.mark.parametrize(
    ("waits_s", "most", "why"),
    [
        ((), None, r"retries need waits of no seconds or more, not \(\)"),
        ((-1.0,), None, r"retries need waits of no seconds or more, not \(-1.0,\)"),
        ((1.0,), 0, "there is one try at least, not 0"),
    ],
)
def test_what_makes_no_sense_cannot_be_built(waits_s: tuple[float, ...], most: int | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Retries(waits_s, most)
