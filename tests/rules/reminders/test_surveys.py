"""Who may be asked, who is in a sample, and that nothing is told of fewer than five."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.wishes import Wishes
from bot.rules.reminders.send_check import Never, NotNow
from bot.rules.reminders.surveys import (
    LEAST,
    Ask,
    Figure,
    Share,
    Situation,
    decide,
    figure_of,
    is_in_sample,
    wilson,
    words_of,
)

HUMANE = load_policy("humane")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Taipei
ANNA = Customer("C1", "Anna", "en", "Asia/Taipei")
ANSWERS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("customer", "situation", "now", "why"),
    [
        (ANNA, Situation(), NOON, "asked"),
        (ANNA, Situation(overdue=True), NOON, "overdue"),
        (ANNA, Situation(distressed=True, overdue=True), NOON, "in_distress"),
        (ANNA, Situation(with_person=True), NOON, "with_person"),
        (ANNA, Situation(asked_lately=True), NOON, "asked_lately"),
        (ANNA, Situation(over=True), NOON, "survey_over"),
        (replace(ANNA, stopped=True), Situation(), NOON, "stopped"),
        (replace(ANNA, forgotten=True), Situation(), NOON, "forgotten"),
        (replace(ANNA, wishes=Wishes(paused_until=date(2026, 3, 2))), Situation(), NOON, "paused"),
        (ANNA, Situation(), NOON + timedelta(hours=10), "outside_hours"),
        (replace(ANNA, wishes=Wishes(hour=15)), Situation(), NOON, "chosen_hour"),
    ],
)
def test_who_may_be_asked_now(customer: Customer, situation: Situation, now: datetime, why: str) -> None:
    found = decide(HUMANE, customer, situation, now)
    assert ("asked" if isinstance(found, Ask) else found.reason) == why
    assert isinstance(found, NotNow) == (why in ("outside_hours", "chosen_hour"))
    if isinstance(found, NotNow):  # 9:00 of the next morning, or the chosen hour, in Taipei
        assert found.window.opens == NOON + timedelta(hours=21 if why == "outside_hours" else 3)
    assert isinstance(found, Never) == (why not in ("asked", "outside_hours", "chosen_hour"))


def test_nobody_is_asked_by_a_policy_that_sends_nothing() -> None:
    expired = replace(HUMANE, silenced_by=("zz",))
    resting = replace(HUMANE, sending_hours=replace(HUMANE.sending_hours, rest_days=frozenset(range(7))))
    found = [decide(policy, ANNA, Situation(), NOON) for policy in (expired, resting)]
    assert found == [Never("pack_expired"), Never("no_hours")]


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_sample_has_all_of_a_smaller_one(customer_id: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert is_in_sample("s", customer_id, large) or not is_in_sample("s", customer_id, small)
    assert is_in_sample("s", customer_id, 1) and not is_in_sample("s", customer_id, 0)


def test_a_sample_is_as_large_as_it_says_and_the_same_each_time() -> None:
    ids = [f"C{number}" for number in range(10_000)]
    chosen = [customer_id for customer_id in ids if is_in_sample("spring", customer_id, 0.1)]
    assert 900 < len(chosen) < 1100
    assert chosen != [customer_id for customer_id in ids if is_in_sample("autumn", customer_id, 0.1)]


@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_lies_between_none_and_all(pair: tuple[int, int]) -> None:
    count, of = pair
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1
    mirrored = wilson(of - count, of)
    assert low == pytest.approx(1 - mirrored[1], abs=1e-9)


def test_an_interval_by_the_book() -> None:
    assert wilson(20, 20)[1] == wilson(32, 32)[1] == 1
    assert wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


@given(st.dictionaries(st.sampled_from(ANSWERS), st.integers(0, 12)))
def test_nothing_tells_what_fewer_than_five_said(counts: dict[str, int]) -> None:
    figure = figure_of("q", ANSWERS, counts)
    total = sum(counts.values())
    assert (figure.answered is None) == (total < LEAST)
    if figure.answered is None:
        assert not figure.shares and not figure.hidden
        return
    assert {share.answer for share in figure.shares} | set(figure.hidden) == set(ANSWERS)
    hidden = sum(counts.get(answer, 0) for answer in figure.hidden)
    small = [answer for answer in ANSWERS if 0 < counts.get(answer, 0) < LEAST]
    assert set(small) <= set(figure.hidden)
    # what is left of the total is that of at least five people, or of nobody
    assert hidden == 0 or hidden >= LEAST
    assert hidden == 0 or len([a for a in figure.hidden if counts.get(a, 0)]) != 1


@pytest.mark.parametrize(
    ("counts", "answered", "told", "hidden"),
    [
        ({"1": 4}, None, {}, ()),
        ({"2": 5}, 5, {"1": 0, "2": 5, "3": 0, "4": 0, "5": 0}, ()),  # all said the same: nobody is told of alone
        ({"1": 5, "2": 4, "3": 6, "4": 7, "5": 8}, 30, {"3": 6, "4": 7, "5": 8}, ("1", "2")),
        ({"1": 4, "2": 1, "3": 6, "4": 7, "5": 8}, 26, {"3": 6, "4": 7, "5": 8}, ("1", "2")),
        ({"1": 1, "2": 3, "3": 6, "4": 6, "5": 8}, 24, {"4": 6, "5": 8}, ("1", "2", "3")),
        ({"1": 2, "3": 0, "5": 6, "4": 9}, 17, {"4": 9}, ("1", "2", "3", "5")),
    ],
)
def test_what_is_told_of_answers(
    counts: dict[str, int], answered: int | None, told: dict[str, int], hidden: tuple[str, ...]
) -> None:
    of = answered or 0
    shares = tuple(Share(answer, count, count / of, *wilson(count, of)) for answer, count in told.items())
    assert figure_of("q", ANSWERS, counts) == Figure("q", answered, shares, hidden)


def test_words_of_few_are_not_told_and_those_of_many_in_no_order_of_time() -> None:
    assert words_of("why", ["a"] * (LEAST - 1)) == Figure("why", None)
    assert words_of("why", ["d", "b", "e", "a", "c"]) == Figure("why", 5, words=("a", "b", "c", "d", "e"))
