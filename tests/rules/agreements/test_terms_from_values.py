"""Values mean the same as the words of an agent's command, and are refused for the same reasons."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.agreements.agreed_terms import (
    NotAgreed,
    PlanTerms,
    PlanWish,
    hold_terms,
    plan_terms,
    promise_terms,
    read_hold,
    read_plan,
    read_promise,
)
from tests.rules.agreements.test_agreed_terms import LATER, OVERDUE, TODAY, TWO_CURRENCIES, owing

DAY = date(2026, 3, 6)


@pytest.mark.parametrize("owed", [OVERDUE, LATER, TWO_CURRENCIES, ()])
@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("500", None, "500"),
        ("500.00", "TWD", "TWD 500.00"),
        ("10", "USD", "10 USD"),
        (None, None, "all"),
        (None, "USD", "all USD"),
        ("500.001", "TWD", "TWD 500.001"),
        ("0", "TWD", "TWD 0"),
        ("9999999", "TWD", "TWD 9999999"),
        ("5", "EUR", "EUR 5"),
    ],
)
@pytest.mark.parametrize("day", [DAY, date(2026, 3, 1), date(2026, 8, 1)])
def test_a_promise_of_values(
    owed: tuple[object, ...], amount: str | None, currency: str | None, words: str, day: date
) -> None:
    given = promise_terms(amount, currency, day, owed, TODAY)  # type: ignore[arg-type]
    assert given == read_promise(f"{words} {day}", owed, TODAY)  # type: ignore[arg-type]


def test_nothing_is_promised_while_a_plan_is_kept() -> None:
    assert promise_terms("500", None, DAY, OVERDUE, TODAY, DAY) == NotAgreed("plan_exists", day=DAY)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (PlanWish(3), "3"),
        (PlanWish(amounts=("300", "400", "500")), "300+400+500"),
        (PlanWish(amounts=("300", "400")), "300+400"),
        (PlanWish(4, first=DAY, every="2 weeks"), f"4 {DAY} every 2 weeks"),
        (PlanWish(4, everything=True, currency="TWD"), "4 all TWD"),
        (PlanWish(3, currency="EUR"), "3 EUR"),
        (PlanWish(1), "1"),
        (PlanWish(999), "999"),
        (PlanWish(3, first=date(2026, 3, 1)), "3 2026-03-01"),
    ],
)
@pytest.mark.parametrize("owed", [OVERDUE, TWO_CURRENCIES, ()])
def test_a_plan_of_values(wish: PlanWish, words: str, owed: tuple[object, ...]) -> None:
    assert plan_terms(wish, owed, TODAY) == read_plan(words, owed, TODAY)  # type: ignore[arg-type]


def test_a_plan_is_about_the_instalments_that_are_named_and_no_others() -> None:
    one, other = LATER[1].instalment_id, LATER[0].instalment_id
    given = plan_terms(PlanWish(3, instalment_ids=(one,)), LATER, TODAY)
    assert isinstance(given, PlanTerms)
    assert [instalment.instalment_id for instalment in given.about] == [one]
    assert plan_terms(PlanWish(3, instalment_ids=(other, "I-9")), LATER, TODAY) == NotAgreed("no_such_instalment")


def test_a_plan_may_name_all_and_is_about_what_is_overdue_where_it_names_none() -> None:
    overdue, today = owing(-1, 60_000), owing(0, 50_000, number=2)
    named = (overdue.instalment_id, today.instalment_id)
    both = plan_terms(PlanWish(2, instalment_ids=named), (overdue, today), TODAY)
    assert isinstance(both, PlanTerms) and both.about == (overdue, today)
    assert plan_terms(PlanWish(2), (overdue, today), TODAY) == plan_terms(PlanWish(2), (overdue,), TODAY)


def test_a_plan_needs_a_number_of_parts() -> None:
    assert plan_terms(PlanWish(), OVERDUE, TODAY) == NotAgreed("parts")


@pytest.mark.parametrize(("days", "reason"), [(1, None), (60, "in  hospital "), (0, None), (61, "x"), (5, "y" * 400)])
def test_a_hold_of_values(days: int, reason: str | None) -> None:
    assert hold_terms(days, reason) == read_hold(f"{days} {reason or ''}")
