"""What is a trouble, when two are the same one, and what cannot leave within its hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.rules.operations.troubles import KINDS, Load, Trouble, TroubleKey, burst, left_over

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(*minutes: float) -> list[datetime]:
    return [NOW + n * MINUTE for n in minutes]


def test_a_trouble_of_no_known_kind_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=f"^'dull' is not a kind of trouble; there are {', '.join(KINDS)}$"):
        Trouble("dull")  # type: ignore[arg-type]  # as from a line of code that no type was checked in


@pytest.mark.parametrize(
    "other",
    [
        Trouble("facts_old", "cn"),
        Trouble("backlog"),
        Trouble("backlog", "cn", "slow"),
        Trouble("backlog", "cn", day=date(2026, 3, 2)),
        Trouble("backlog", "cn", count=1),
    ],
)
def test_troubles_differ_by_kind_subject_reason_day_and_size(other: Trouble) -> None:
    assert other.key != Trouble("backlog", "cn").key


@pytest.mark.parametrize(("one", "other", "same"), [(10, 99, True), (9, 10, False), (99, 100, False), (1, 9, True)])
def test_a_count_that_grew_tenfold_is_another_trouble(one: int, other: int, same: bool) -> None:
    assert (Trouble("backlog", count=one).key == Trouble("backlog", count=other).key) == same


def test_each_customer_who_is_forgotten_with_something_overdue_is_told_at_once() -> None:
    """One more of the same size would wait for the next day; the last one has an id of their own."""
    assert Trouble("forgotten_overdue", "C1", count=1).key != Trouble("forgotten_overdue", "C2", count=2).key


def test_what_was_told_once_is_known_after_an_update() -> None:
    """It is stored: another key would have every trouble told again."""
    trouble = Trouble("pack_expires", "cn", "old", 12, day=date(2026, 3, 2))
    assert trouble.key == TroubleKey("pack_expires", "cn", "old", 2, date(2026, 3, 2))
    assert Trouble("silent").key == TroubleKey("silent", "", "", 0, None)


@pytest.mark.parametrize(
    ("minutes", "most", "began"),
    [
        ([], 0, None),
        ([3], 1, 3),
        ([0, 5], 2, 0),  # five minutes are within five minutes
        ([0, 5.1], 1, 0),
        ([0, 4, 6, 8, 9, 20, 21], 4, 4),
        ([0, 1, 10, 11], 2, 0),  # of two alike the first
        ([0, 0, 0, 9], 3, 0),
    ],
)
def test_the_most_within_five_minutes(minutes: Sequence[float], most: int, began: float | None) -> None:
    expected = None if began is None else NOW + began * MINUTE
    assert burst(at(*minutes), 5 * MINUTE) == (most, expected)


@pytest.mark.parametrize(
    ("loads", "left"),
    [
        ([], 0),
        ([(0, 1, 60)], 0),  # a minute for sixty, at one a second
        ([(0, 1, 61)], 1),
        ([(-5, 1, 61)], 1),  # the minutes before now are gone
        ([(-5, 0, 99)], 0),  # what is over is not waiting
        ([(-5, -1, 99)], 0),
        ([(1, 2, 60)], 0),
        ([(1, 2, 61)], 1),  # nothing leaves before it opens
        ([(0, 1, 60), (0, 1, 60)], 60),
        ([(0, 1, 60), (0, 2, 60)], 0),  # what closes soonest goes first
        ([(0, 2, 60), (0, 1, 60)], 0),
        ([(0, 3, 120), (1, 2, 60)], 0),
        ([(0, 3, 121), (1, 2, 60)], 1),
        ([(0, 1, 61), (1, 2, 1)], 1),  # nothing leaves after its hours
        ([(0, 1, 30), (0, 1, 20), (1, 2, 60)], 0),
        ([(0, 1, 100), (0, 2, 100)], 80),
    ],
)
def test_what_cannot_leave_within_its_hours_at_one_a_second(loads: list[tuple[int, int, int]], left: int) -> None:
    assert left_over([Load(*at(opens, closes), messages) for opens, closes, messages in loads], 1, NOW) == left


@pytest.mark.parametrize(("per_second", "left"), [(0.1, 54), (1 / 3, 40), (2, 0)])
def test_the_slower_the_more_is_left(per_second: float, left: int) -> None:
    assert left_over([Load(*at(0, 1), 60)], per_second, NOW) == left
