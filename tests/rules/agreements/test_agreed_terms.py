"""What agents write after `/promise`, `/plan` and `/hold`: what it means, and why it cannot be where it cannot."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.agreed_terms import (
    MOST_HOLD_DAYS,
    DisputeAnswer,
    HoldTerms,
    NotAgreed,
    PlanTerms,
    PromiseTerms,
    Reason,
    is_dispute_answer,
    read_dispute_answer,
    read_hold,
    read_plan,
    read_promise,
)
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from tests.views.view_facts import instalment

TODAY = date(2026, 3, 2)  # a Monday
FRIDAY, TOMORROW = date(2026, 3, 6), date(2026, 3, 3)
LAST = date(2026, 5, 1)  # sixty days ahead


def twd(amount: int) -> Money:
    return Money(amount, "TWD")


def usd(amount: int) -> Money:
    return Money(amount, "USD")


def owing(days: int, amount: int = 120_000, currency: str = "TWD", number: int = 1) -> Instalment:
    """Due in so many days."""
    return instalment(number, TODAY + timedelta(days=days), amount, currency=currency)


OVERDUE = (owing(-5),)
LATER = (owing(-5), owing(3, 30_000, number=2), owing(40, 70_000, number=3))
TWO_CURRENCIES = (owing(-5), owing(4, 2_000, "USD", 2))
BOTH_SUMS = (twd(120_000), usd(2_000))

# --- /promise --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("accept double booking", DisputeAnswer(True, None, "double booking")),
        ("reject 2 the contract says so", DisputeAnswer(False, "2", "the contract says so")),
        ("REJECT I-17  it was  paid", DisputeAnswer(False, "I-17", "it was paid")),
        ("不成立 金额正确", DisputeAnswer(False, None, "金额正确")),
        ("成立 1 重复扣款", DisputeAnswer(True, "1", "重复扣款")),
        ("reject 2", DisputeAnswer(False, None, "2")),  # one word is a reason, however short
        ("reject", NotAgreed("no_reason")),
        ("reject ", NotAgreed("no_reason")),
        ("maybe so", NotAgreed("usage")),
        ("accept " + "x" * 400, DisputeAnswer(True, None, "x" * 300)),
    ],
)
def test_an_answer_to_a_dispute_is_read(words: str, read: DisputeAnswer | NotAgreed) -> None:
    assert read_dispute_answer(words) == read
    assert is_dispute_answer(words) is (read != NotAgreed("usage"))


@pytest.mark.parametrize(
    ("words", "amount", "day"),
    [
        ("500 friday", 50_000, FRIDAY),
        ("friday 500", 50_000, FRIDAY),
        ("500 by friday", 50_000, FRIDAY),
        ("500 ON friday", 50_000, FRIDAY),
        ("500 until friday", 50_000, FRIDAY),
        ("500 before friday", 50_000, FRIDAY),
        ("by friday 500", 50_000, FRIDAY),
        ("500 till 2026-03-06", 50_000, FRIDAY),
        ("全部 明天", 120_000, TOMORROW),
        ("all tomorrow", 120_000, TOMORROW),
        ("TWD 1,200.00 today", 120_000, TODAY),
        ("0.01 60d", 1, LAST),
        ("５００　周五", 50_000, FRIDAY),
    ],
)
def test_a_promise_is_a_sum_and_a_day(words: str, amount: int, day: date) -> None:
    assert read_promise(words, OVERDUE, TODAY) == PromiseTerms(twd(amount), day)


def test_all_is_what_is_due_by_that_day() -> None:
    assert read_promise("all friday", LATER, TODAY) == PromiseTerms(twd(150_000), FRIDAY)
    assert read_promise("all tomorrow", LATER, TODAY) == PromiseTerms(twd(120_000), TOMORROW)


def test_a_sum_may_be_more_than_is_due_by_then_and_not_more_than_is_owed() -> None:
    assert read_promise("2200 friday", LATER, TODAY) == PromiseTerms(twd(220_000), FRIDAY)
    assert read_promise("2200.01 friday", LATER, TODAY) == NotAgreed("more_than_owed", (twd(220_000),))


def test_a_promise_is_in_the_currency_that_was_named() -> None:
    assert read_promise("USD 5 friday", TWO_CURRENCIES, TODAY) == PromiseTerms(usd(500), FRIDAY)
    assert read_promise("all TWD friday", TWO_CURRENCIES, TODAY) == PromiseTerms(twd(120_000), FRIDAY)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", NotAgreed("usage")),
        ("500", NotAgreed("usage")),
        ("friday", NotAgreed("usage")),
        ("by friday", NotAgreed("usage")),
        ("five friday", NotAgreed("amount_unreadable", (twd(120_000),))),
        ("1.200,50 friday", NotAgreed("amount_unreadable", (twd(120_000),))),
        ("500.005 friday", NotAgreed("amount_decimals", (twd(120_000),))),
        ("0 friday", NotAgreed("amount_zero", (twd(120_000),))),
        ("USD 5 friday", NotAgreed("other_currency", (twd(120_000),))),
        ("1200.01 friday", NotAgreed("more_than_owed", (twd(120_000),))),
        ("500 soon", NotAgreed("day_unreadable")),
        ("500 2026-02-30", NotAgreed("day_unreadable")),
        ("500 2026-03-01", NotAgreed("day_past", day=date(2026, 3, 1))),
        ("500 2026-05-02", NotAgreed("day_too_far", day=LAST)),
        ("500 2026-06-01", NotAgreed("day_too_far", day=LAST)),
    ],
)
def test_a_promise_that_cannot_be_says_why(words: str, why: NotAgreed) -> None:
    assert read_promise(words, OVERDUE, TODAY) == why


def test_of_two_currencies_one_has_to_be_named() -> None:
    assert read_promise("5 friday", TWO_CURRENCIES, TODAY) == NotAgreed("which_currency", BOTH_SUMS)
    assert read_promise("EUR 5 friday", TWO_CURRENCIES, TODAY) == NotAgreed("other_currency", BOTH_SUMS)


def test_nothing_is_promised_before_it_is_due_or_where_nothing_is_owed() -> None:
    assert read_promise("5 friday", (owing(5),), TODAY) == NotAgreed("nothing_due_by", day=TODAY + timedelta(days=5))
    assert read_promise("USD 5 tomorrow", TWO_CURRENCIES, TODAY) == NotAgreed("nothing_due_by", day=FRIDAY)
    assert read_promise("5 friday", (), TODAY) == NotAgreed("nothing_owed")


def test_nothing_is_promised_beside_a_plan_that_is_agreed() -> None:
    assert read_promise("500 friday", OVERDUE, TODAY, LAST) == NotAgreed("plan_exists", day=LAST)
    assert read_promise("500 soon", OVERDUE, TODAY, LAST) == NotAgreed("plan_exists", day=LAST)
    assert read_promise("500", OVERDUE, TODAY, LAST) == NotAgreed("usage")


# --- /plan -----------------------------------------------------------------------------------------------------------


def plan(words: str, owed: tuple[Instalment, ...] = OVERDUE) -> PlanTerms:
    read = read_plan(words, owed, TODAY)
    assert isinstance(read, PlanTerms), read
    return read


def days_of(terms: PlanTerms) -> list[date]:
    return [part.due_date for part in terms.parts]


def test_a_plan_is_equal_parts_a_month_apart_from_a_week_ahead() -> None:
    terms = plan("3")
    assert days_of(terms) == [date(2026, 3, 9), date(2026, 4, 9), date(2026, 5, 9)]
    assert [part.amount for part in terms.parts] == [twd(40_000)] * 3
    assert terms.about == OVERDUE


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("2 friday", [FRIDAY, date(2026, 4, 6)]),
        ("2 2026-03-02", [TODAY, date(2026, 4, 2)]),
        ("2期 明天 每月", [TOMORROW, date(2026, 4, 3)]),
        ("2 every week friday", [FRIDAY, date(2026, 3, 13)]),
        ("2 friday weekly", [FRIDAY, date(2026, 3, 13)]),
        ("2 friday 每周", [FRIDAY, date(2026, 3, 13)]),
        ("2 friday 每星期", [FRIDAY, date(2026, 3, 13)]),
        ("2 friday Every 2 Weeks", [FRIDAY, date(2026, 3, 20)]),
        ("2 friday two weeks", [FRIDAY, date(2026, 3, 20)]),
        ("2 friday biweekly", [FRIDAY, date(2026, 3, 20)]),
        ("2 明天 每两周", [TOMORROW, date(2026, 3, 17)]),
        ("2 明天 每隔两周", [TOMORROW, date(2026, 3, 17)]),
        ("2 friday monthly", [FRIDAY, date(2026, 4, 6)]),
        ("2 every month 60d", [LAST, date(2026, 6, 1)]),
    ],
)
def test_the_first_day_and_how_often_are_said_in_any_order(words: str, days: list[date]) -> None:
    assert days_of(plan(words)) == days


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("2", [0]),
        ("2 all", [0, 1, 2]),
        ("2 全部", [0, 1, 2]),
        ("2 Everything", [0, 1, 2]),
        ("2 i0003", [0, 2]),
        ("2 I0002 i0003", [0, 1, 2]),
    ],
)
def test_a_plan_is_about_what_is_overdue_and_what_is_named(words: str, about: list[int]) -> None:
    terms = plan(words, LATER)
    assert list(terms.about) == [LATER[n] for n in about]
    assert sum(part.amount.amount for part in terms.parts) == sum(LATER[n].outstanding.amount for n in about)


def test_where_nothing_is_overdue_a_plan_is_about_all_that_is_owed() -> None:
    owed = (owing(0), owing(3, number=2))
    assert plan("2", owed).about == owed


def test_a_plan_is_about_one_currency() -> None:
    assert plan("2 TWD", TWO_CURRENCIES).about == TWO_CURRENCIES[:1]
    assert plan("2 usd", TWO_CURRENCIES).about == TWO_CURRENCIES[1:]  # nothing is overdue in it
    assert plan("2 all usd", TWO_CURRENCIES).about == TWO_CURRENCIES[1:]
    assert plan("2", TWO_CURRENCIES).about == TWO_CURRENCIES[:1]  # what is overdue is in one
    assert read_plan("2 all", TWO_CURRENCIES, TODAY) == NotAgreed("which_currency", BOTH_SUMS)


def test_an_id_of_three_letters_is_no_currency() -> None:
    named = Instalment("usd", "a1", "Card", TODAY + timedelta(days=9), twd(5_000), twd(0))
    assert plan("2 USD", (*OVERDUE, named)).about == (*OVERDUE, named)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", NotAgreed("usage")),
        ("three", NotAgreed("usage")),
        ("-3", NotAgreed("usage")),
        ("0", NotAgreed("parts")),
        ("1", NotAgreed("parts")),
        ("25", NotAgreed("parts")),
        ("00025", NotAgreed("parts")),
        ("1" * 290, NotAgreed("parts")),
        ("3 soon", NotAgreed("usage")),
        ("3 i0009", NotAgreed("usage")),
        ("3 TWD USD", NotAgreed("usage")),
        ("3 TWD soon", NotAgreed("usage")),
        ("3 2026-03-01", NotAgreed("day_past", day=date(2026, 3, 1))),
        ("3 2026-05-02", NotAgreed("day_too_far", day=LAST)),
        ("3 2026-09-01", NotAgreed("day_too_far", day=LAST)),
        ("3 USD", NotAgreed("other_currency", (twd(120_000),))),
    ],
)
def test_a_plan_that_cannot_be_says_why(words: str, why: NotAgreed) -> None:
    assert read_plan(words, OVERDUE, TODAY) == why


def test_a_plan_has_2_to_24_parts_and_a_cent_in_each() -> None:
    assert [len(plan(str(count)).parts) for count in (2, 24)] == [2, 24]
    assert len(plan("3", (owing(-1, 3),)).parts) == 3
    assert read_plan("4", (owing(-1, 3),), TODAY) == NotAgreed("too_small", (twd(3),))


def test_there_is_no_plan_of_nothing() -> None:
    assert read_plan("3", (), TODAY) == NotAgreed("nothing_owed")


# --- /hold -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("1", HoldTerms(1, None)),
        ("14", HoldTerms(14, None)),
        ("60d", HoldTerms(60, None)),
        ("14天 住院", HoldTerms(14, "住院")),
        (" 14  in   hospital ", HoldTerms(14, "in hospital")),
        ("14 " + "x" * 400, HoldTerms(14, "x" * 300)),
    ],
)
def test_a_hold_is_so_many_days_and_perhaps_a_reason(words: str, terms: HoldTerms) -> None:
    assert read_hold(words) == terms


@pytest.mark.parametrize(
    ("words", "why"),
    [("", "usage"), ("  ", "usage"), ("0", "days"), ("61", "days"), ("-3", "days"), ("soon", "days")],
)
def test_a_hold_lasts_1_to_60_days(words: str, why: Reason) -> None:
    assert MOST_HOLD_DAYS == 60
    assert read_hold(words) == NotAgreed(why)


# --- Of all of them --------------------------------------------------------------------------------------------------

WORDS = ("3", "all", "every", "week", "500", "friday", "by", "USD", "全部", "i0001", "0")


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_nothing_that_is_written_breaks_it(words: str) -> None:
    for owed in ((), OVERDUE, LATER, TWO_CURRENCIES):
        assert isinstance(read_promise(words, owed, TODAY), PromiseTerms | NotAgreed)
        assert isinstance(read_plan(words, owed, TODAY), PlanTerms | NotAgreed)
    assert isinstance(read_hold(words), HoldTerms | NotAgreed)


def test_parts_of_different_sums_add_up_to_what_is_owed() -> None:
    owed = (owing(-1, 120_000),)
    read = read_plan("300+400.50+499.50 2026-03-31 every month", owed, TODAY)
    assert isinstance(read, PlanTerms)
    assert [(part.due_date, part.amount) for part in read.parts] == [
        (date(2026, 3, 31), twd(30_000)),
        (date(2026, 4, 30), twd(40_050)),
        (date(2026, 5, 31), twd(49_950)),
    ]
    for words in ("６００＋６００", "1,000+200", "0.01+1,199.99"):
        assert isinstance(read_plan(words, owed, TODAY), PlanTerms)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("300+400", NotAgreed("parts_sum", (twd(70_000), twd(120_000)))),
        ("300+900.001", NotAgreed("amount_decimals")),
        ("300+", NotAgreed("amount_unreadable")),
        ("1200+0", NotAgreed("amount_zero")),
        ("1300+-100", NotAgreed("amount_zero")),
        ("+".join(["1"] * 25), NotAgreed("parts")),
    ],
)
def test_sums_that_are_no_plan_say_why(words: str, why: NotAgreed) -> None:
    assert read_plan(words, (owing(-1, 120_000),), TODAY) == why
