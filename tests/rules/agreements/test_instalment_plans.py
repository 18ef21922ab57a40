"""Plans of instalments: the parts, their days, and when one is kept or broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.instalment_plans import (
    MOST_PARTS,
    Every,
    Part,
    Plan,
    covered,
    divided,
    due_on,
    judged,
    parts_per_million,
    tolerated,
    unequal,
)
from bot.rules.facts.money import Money

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
EVERY = st.sampled_from(["week", "2 weeks", "month"])
PARTS = st.integers(2, MOST_PARTS)


@given(st.integers(MOST_PARTS, 10**15), PARTS, DAYS, EVERY)
def test_the_parts_are_exactly_the_sum(amount: int, parts: int, first: date, every: Every) -> None:
    made = divided(Money(amount, "TWD"), parts, first, every)
    assert sum(part.amount.amount for part in made) == amount
    assert [part.number for part in made] == list(range(1, parts + 1))


@given(st.integers(MOST_PARTS, 10**15), PARTS, DAYS, EVERY)
def test_parts_are_equal_but_for_what_does_not_divide(amount: int, parts: int, first: date, every: Every) -> None:
    made = [part.amount.amount for part in divided(Money(amount, "TWD"), parts, first, every)]
    assert len(set(made[:-1])) == 1
    assert 0 <= made[-1] - made[0] < parts


def test_parts_of_different_sums_are_numbered_and_each_is_more_than_nothing() -> None:
    first = date(2026, 3, 31)
    sums = [Money(amount, "TWD") for amount in (3, 1, 2)]
    assert unequal(sums, first, "month") == (
        Part(1, first, sums[0]),
        Part(2, date(2026, 4, 30), sums[1]),
        Part(3, date(2026, 5, 31), sums[2]),
    )
    assert len(unequal(sums * 8, first, "week")) == MOST_PARTS
    for wrong in (sums[:1], [*sums * 8, sums[0]], [sums[0], Money(0, "TWD")], [sums[0], Money(-1, "TWD")]):
        with pytest.raises(ValueError, match=rf"2 to {MOST_PARTS} parts of more than nothing, not {len(wrong)}"):
            unequal(wrong, first, "week")


@given(PARTS, DAYS, EVERY)
def test_days_only_go_forward_from_the_first(parts: int, first: date, every: Every) -> None:
    days = [part.due_date for part in divided(Money(10**6, "TWD"), parts, first, every)]
    assert days[0] == first
    assert all(before < after for before, after in zip(days, days[1:], strict=False))


@given(PARTS, DAYS)
def test_monthly_parts_are_one_in_each_month_and_never_later_than_the_first_ones_day(parts: int, first: date) -> None:
    days = [part.due_date for part in divided(Money(10**6, "TWD"), parts, first, "month")]
    months = [day.year * 12 + day.month for day in days]
    assert months == list(range(months[0], months[0] + parts))
    assert all(day.day == first.day or (day + timedelta(days=1)).day == 1 for day in days)


def test_the_end_of_january_goes_by_the_end_of_february_and_back() -> None:
    days = [part.due_date for part in divided(Money(400, "CNY"), 4, date(2026, 1, 31), "month")]
    assert days == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    assert due_on(date(2028, 2, 29), 12, "month") == date(2029, 2, 28)
    assert due_on(date(2028, 1, 31), 1, "month") == date(2028, 2, 29)


def test_weeks_are_weeks() -> None:
    assert due_on(date(2026, 3, 2), 3, "week") == date(2026, 3, 23)
    assert due_on(date(2026, 3, 2), 3, "2 weeks") == date(2026, 4, 13)


@pytest.mark.parametrize("parts", [0, 1, 25, -3])
def test_a_plan_has_2_to_24_parts(parts: int) -> None:
    with pytest.raises(ValueError, match="2 to 24"):
        divided(Money(10_000, "TWD"), parts, date(2026, 3, 2), "month")


def test_nothing_is_divided_finer_than_a_cent() -> None:
    with pytest.raises(ValueError, match="cannot be divided"):
        divided(Money(3, "TWD"), 4, date(2026, 3, 2), "month")


# --- How far it is kept ----------------------------------------------------------------------------------------------

THIRDS = divided(Money(1000, "TWD"), 3, date(2026, 3, 10), "week")  # 333, 333, 334 on the 10th, 17th and 24th


@pytest.mark.parametrize(
    ("paid", "judged_before", "ppm", "expected"),
    [
        (0, date(2026, 3, 10), 0, "running"),  # on the day itself nothing is missed yet
        (0, date(2026, 3, 11), 0, "broken"),
        (332, date(2026, 3, 11), 0, "broken"),
        (333, date(2026, 3, 11), 0, "running"),
        (317, date(2026, 3, 11), 50_000, "running"),  # 5 % of 333 is 16
        (316, date(2026, 3, 11), 50_000, "broken"),
        (1000, date(2026, 3, 1), 0, "kept"),  # earlier than it had to be
        (999, date(2026, 3, 25), 0, "broken"),
        (950, date(2026, 3, 25), 50_000, "kept"),
        (950, date(2026, 3, 24), 50_000, "running"),  # a little that is missing is waited for until the day is over
    ],
)
def test_the_state_of_a_plan(paid: int, judged_before: date, ppm: int, expected: str) -> None:
    assert judged(THIRDS, paid, 1000 - paid, 0, judged_before, ppm) == expected


def test_a_plan_of_which_nothing_is_left_is_kept_only_by_money() -> None:
    assert judged(THIRDS, 1000, 0, 0, date(2026, 3, 11), 0) == "kept"
    assert judged(THIRDS, 999, 0, 0, date(2026, 3, 11), 0) == "not_needed"
    assert judged(THIRDS, 0, 0, 0, date(2026, 3, 11), 0) == "not_needed"


def test_all_that_was_agreed_is_kept_though_more_is_owed_by_now() -> None:
    assert judged(THIRDS, 1000, 500, 0, date(2026, 3, 1), 0) == "kept"


def test_a_cent_that_is_left_is_waited_for() -> None:
    assert judged(THIRDS, 999, 1, 0, date(2026, 3, 24), 0) == "running"


def test_nobody_misses_a_part_that_was_waived() -> None:
    assert judged(THIRDS, 0, 667, 0, date(2026, 3, 11), 0) == "running"
    assert judged(THIRDS, 0, 667, 0, date(2026, 3, 18), 0) == "broken"


def test_nobody_breaks_a_plan_by_what_is_said_to_be_not_right() -> None:
    assert judged(THIRDS, 0, 1000, 400, date(2026, 3, 11), 0) == "running"
    assert judged(THIRDS, 0, 1000, 300, date(2026, 3, 11), 0) == "broken"


@given(st.integers(0, 10**15), st.integers(0, 10**6))
def test_what_is_tolerated_is_the_share_rounded_down(amount: int, ppm: int) -> None:
    assert tolerated(amount, ppm) == amount * ppm // 10**6


def test_a_share_as_parts_per_million() -> None:
    assert parts_per_million(Decimal("0.05")) == 50_000


# --- Progress --------------------------------------------------------------------------------------------------------


def plan(paid: int) -> Plan:
    return Plan(1, "C1", 1, "agreed", THIRDS, Money(paid, "TWD"))


def test_what_comes_in_covers_the_earliest_part_first() -> None:
    covered = [plan(400).covered_of(part).amount for part in THIRDS]
    assert covered == [333, 67, 0]


@pytest.mark.parametrize(("paid", "number"), [(0, 1), (332, 1), (333, 2), (999, 3), (1000, None)])
def test_the_next_part_is_the_first_that_is_not_covered(paid: int, number: int | None) -> None:
    part: Part | None = plan(paid).next_part
    assert (part.number if part else None) == number


@pytest.mark.parametrize(
    ("paid", "left", "expected"),
    [
        (0, 1000, [0, 0, 0]),
        (0, 600, [333, 67, 0]),  # of it 400 were waived
        (100, 600, [333, 67, 0]),
        (400, 600, [333, 67, 0]),
        (0, 0, [333, 333, 334]),
        (400, 1500, [333, 67, 0]),  # more is owed by now
    ],
)
def test_what_was_waived_covers_the_earliest_part_too(paid: int, left: int, expected: list[int]) -> None:
    seen = replace(plan(paid), left=left)
    assert [seen.covered_of(part).amount for part in THIRDS] == expected
    assert (seen.next_part is None) is (left == 0)


@given(st.integers(0, 1200), st.integers(0, 1200), st.sampled_from([part.due_date for part in THIRDS]))
def test_a_part_that_is_shown_as_done_is_not_missed(paid: int, left: int, due: date) -> None:
    seen = replace(plan(paid), left=left)
    missed = any(seen.covered_of(part) < part.amount for part in THIRDS if part.due_date <= due)
    assert missed is (judged(THIRDS, paid, left, 0, due + timedelta(days=1), 0) == "broken")


def plan_of(proposed_at: datetime | None = None) -> Plan:
    parts = divided(Money(1000, "TWD"), 3, date(2026, 3, 2), "month")
    return Plan(1, "c1", None, "proposed", parts, Money(0, "TWD"), proposed_at=proposed_at)


def test_a_plan_is_about_the_sum_of_its_parts_in_their_currency() -> None:
    assert plan_of().total == Money(1000, "TWD")
    assert {part.amount.currency for part in plan_of().parts} == {"TWD"}


def test_what_was_reversed_covers_nothing() -> None:
    assert covered(1000, -5, 1500) == 0
    assert replace(plan_of(), paid=Money(-5, "TWD")).covered == Money(0, "TWD")


def test_a_plan_lasts_until_its_last_part() -> None:
    assert plan_of().until == date(2026, 5, 2)


def test_a_proposal_can_be_answered_for_a_week() -> None:
    assert plan_of(datetime(2026, 3, 2, 4, tzinfo=UTC)).answer_until == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert plan_of().answer_until is None
