"""Spreading: few go at once, many over half of the hours at most, and never faster than they have to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.policy.sending_hours import Window
from bot.rules.reminders.spreading import AT_ONCE, BUCKETS, spread

OPENS = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOURS = Window(OPENS, OPENS + timedelta(hours=11))
HALF = OPENS + timedelta(hours=5.5)
RATE = 30.0
FEW = int(RATE * AT_ONCE.total_seconds())
NUMBERS, SOON = st.integers(0, 2_000_000), st.integers(-600, 659).map(lambda m: OPENS + timedelta(minutes=m))


@given(st.integers(0, FEW))
def test_few_are_not_spread(new: int) -> None:
    assert spread(HOURS, OPENS, FEW - new, new, RATE) == ()


@given(NUMBERS, NUMBERS, SOON)
def test_all_leave_in_the_first_half_of_what_is_left(waiting: int, new: int, now: datetime) -> None:
    begins = max(now, OPENS)
    over = spread(HOURS, now, waiting, new, RATE)
    assert len(over) in (0, BUCKETS)
    assert list(over) == sorted(over)
    assert all(begins <= at <= begins + (HOURS.closes - begins) / 2 for at in over)


@given(st.integers(FEW + 1, 297_000), st.integers(0, 100_000))
def test_as_wide_as_half_the_rate_needs_and_no_wider(new: int, waiting: int) -> None:
    over = spread(HOURS, OPENS - timedelta(hours=8), waiting, new, RATE)
    width = (over[-1] - over[0]) * BUCKETS / (BUCKETS - 1)
    if waiting + new <= RATE / 2 * (HALF - OPENS).total_seconds():
        assert abs(width.total_seconds() * RATE / 2 - new) < 1
        assert over[0] >= OPENS + timedelta(seconds=waiting / (RATE / 2))
    else:
        assert over[-1] <= HALF


def test_too_many_for_half_the_rate_take_the_whole_first_half() -> None:
    over = spread(HOURS, OPENS, 0, 2_000_000, RATE)
    assert over[0] - OPENS < timedelta(minutes=3)
    assert HALF - over[-1] < timedelta(minutes=3)


def test_after_the_hours_nothing_is_spread() -> None:
    assert spread(HOURS, HOURS.closes, 0, 2_000_000, RATE) == ()
