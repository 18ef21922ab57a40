"""Which days can be promised, and what a promise is about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.promises import (
    MOST_DAYS,
    calls_for_promise,
    can_be_chosen,
    can_be_promised,
    days_to_choose,
    is_kept,
    parts_to_choose,
    promised_for,
    rests_through,
    smallest_part,
)
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from tests.views.view_facts import customer_facts, instalment

MONDAY = date(2026, 3, 2)


def due_in(*days: int) -> tuple[Instalment, ...]:
    return tuple(instalment(n, MONDAY + timedelta(days=ahead)) for n, ahead in enumerate(days))


def ahead(days: tuple[date, ...], today: date = MONDAY) -> list[int]:
    return [(day - today).days for day in days]


def test_what_is_overdue_can_be_promised_for_five_days() -> None:
    assert ahead(days_to_choose(due_in(-3), MONDAY)) == [0, 1, 3, 4, 7]


def test_on_a_friday_the_coming_one_is_today() -> None:
    friday = MONDAY + timedelta(days=4)
    assert ahead(days_to_choose(due_in(-3), friday), friday) == [0, 1, 3, 7]


def test_no_day_lies_before_the_due_date() -> None:
    assert ahead(days_to_choose(due_in(3), MONDAY)) == [3, 4, 7]


@pytest.mark.parametrize(("most_days", "offered"), [(2, [0, 1, 2]), (7, [0, 1, 3, 4, 7]), (14, [0, 1, 3, 4, 7, 14])])
def test_the_policy_says_how_far_ahead_a_promise_can_be(most_days: int, offered: list[int]) -> None:
    assert ahead(days_to_choose(due_in(-3), MONDAY, most_days)) == offered
    last = MONDAY + timedelta(days=most_days)
    assert can_be_chosen(due_in(-3), MONDAY, last, most_days)
    assert not can_be_chosen(due_in(-3), MONDAY, last + timedelta(days=1), most_days)


@pytest.mark.parametrize(
    ("amount", "currency", "smallest", "offered"),
    [
        (120_000, "TWD", "0", [30_000, 60_000, 90_000]),
        (120_000, "TWD", "0.5", [60_000, 90_000]),
        (120_000, "TWD", "1", []),
        (3, "JPY", "0", [1, 2]),
        (10_000, "KWD", "0", [2_000, 5_000, 7_000]),  # 10 dinars: three decimals
        (1, "TWD", "0", []),  # a cent has no part in whole units
    ],
)
def test_parts_are_whole_and_no_smaller_than_the_policy_says(
    amount: int, currency: str, smallest: str, offered: list[int]
) -> None:
    owed = (instalment(1, MONDAY, amount, currency=currency),)
    parts = [part.amount for part in parts_to_choose(owed, MONDAY, Decimal(smallest))]
    assert parts == offered and all(isinstance(part, int) for part in parts)
    assert parts_to_choose(owed, MONDAY - timedelta(days=1), Decimal(smallest)) == ()


@given(amount=st.integers(1, 10**13), smallest=st.decimals(0, 1, places=6))
def test_the_smallest_part_is_something_and_never_more_than_all(amount: int, smallest: Decimal) -> None:
    least = smallest_part(Money(amount, "TWD"), smallest)
    assert 1 <= least.amount <= amount
    assert least.amount >= smallest * amount


def test_three_days_before_is_soon_enough_and_four_are_not() -> None:
    assert calls_for_promise(due_in(3), MONDAY)
    assert not calls_for_promise(due_in(4), MONDAY)


def test_a_promise_is_about_what_is_due_by_its_day() -> None:
    owed = due_in(-1, 2, 6)
    assert promised_for(owed, MONDAY + timedelta(days=3)) == owed[:2]


def test_what_is_disputed_cannot_be_promised() -> None:
    by_wallet, by_customer, free = instalment(1, status="disputed"), instalment(2), instalment(3)
    assert can_be_promised(customer_facts(by_wallet, by_customer, free), {"i0002"}) == (free,)


def test_nothing_owed_nothing_to_choose() -> None:
    assert days_to_choose((), MONDAY) == ()
    assert not calls_for_promise((), MONDAY)


@given(
    due=st.lists(st.integers(-400, 30), min_size=1, max_size=4),
    today=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    day=st.integers(-10, 20),
)
def test_what_is_offered_can_be_chosen_and_nothing_else_beyond_a_week(due: list[int], today: date, day: int) -> None:
    owed = tuple(instalment(n, today + timedelta(days=days)) for n, days in enumerate(due))
    offered = days_to_choose(owed, today)
    assert list(offered) == sorted(set(offered))
    assert all(can_be_chosen(owed, today, each) for each in offered)
    assert can_be_chosen(owed, today, today + timedelta(days=day)) == (min(due) <= day and 0 <= day <= MOST_DAYS)


@pytest.mark.parametrize("weekday", range(7))
def test_the_coming_friday_is_offered_on_each_day_of_the_week(weekday: int) -> None:
    today = MONDAY + timedelta(days=weekday)
    assert MONDAY + timedelta(days=4 if weekday <= 4 else 11) in days_to_choose(due_in(-3), today)


def test_a_case_rests_until_a_payment_can_have_arrived() -> None:
    assert rests_through(Desk(promise_days=2), MONDAY) == MONDAY + timedelta(days=2)
    assert rests_through(Desk(), MONDAY) == MONDAY


@pytest.mark.parametrize(
    ("paid", "is_over", "kept"),
    [(1000, False, True), (999, False, False), (999, True, True), (950, True, True), (949, True, False)],
)
def test_a_little_may_be_missing_once_the_day_is_over(paid: int, is_over: bool, kept: bool) -> None:
    assert is_kept(1000, paid, is_over, ppm=50_000) == kept
