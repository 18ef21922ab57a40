"""Late charges: each rule on a plain example, and properties held against sums made day by day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.holds import said_paid_until
from bot.rules.agreements.late_fees import MOST_DAYS, Charge, Overdue, charged, charges, differs, first_day, overdue_of
from bot.rules.facts.money import Money, minor_digits
from bot.rules.policy.terms import Charges
from tests.rules.agreements.late_debts import DAY, DUE, after, cases, instalment, policy, terms


def owing(amount: int = 100_000, due: date = DUE, currency: str = "TWD") -> Overdue:
    return Overdue(currency, due, ((due, amount),))


# --- By example ------------------------------------------------------------------------------------------------------


def test_the_first_day_after_the_grace_period_has_the_late_fee_and_the_first_daily_charge() -> None:
    of = terms(30_000, "0.0005")
    assert charges(owing(), of, 3, DUE, after(3)) == ()
    assert charges(owing(), of, 3, DUE, after(5)) == (
        Charge(after(4), "late_fee", Money(30_000, "TWD")),
        Charge(after(4), "daily", Money(50, "TWD")),
        Charge(after(5), "daily", Money(50, "TWD")),
    )


def test_without_grace_it_is_the_day_after_the_due_date() -> None:
    assert charges(owing(), terms(30_000), 0, DUE, after(1)) == (Charge(after(1), "late_fee", Money(30_000, "TWD")),)


def test_no_terms_no_charges() -> None:
    assert charges(owing(), None, 3, DUE, after(30)) == ()


def test_a_currency_without_a_late_fee_has_only_the_daily_rate() -> None:
    assert {c.kind for c in charges(owing(currency="USD"), terms(30_000, "0.001"), 0, DUE, after(3))} == {"daily"}


def test_rounding_is_down_on_the_sum_so_far() -> None:
    found = charges(owing(999, currency="JPY"), terms(rate="0.0005", currency="JPY"), 0, DUE, after(5))
    assert found == (Charge(after(3), "daily", Money(1, "JPY")), Charge(after(5), "daily", Money(1, "JPY")))


def test_the_cap_is_for_a_year_and_for_all_charges_together() -> None:
    of = terms(30_000, "0.001", cap="0.36")
    assert charged(owing(), of, 0, after(60)).amount == 36_000
    assert charged(owing(), of, 0, after(365)).amount == 36_000
    assert charged(owing(), of, 0, after(366)).amount == 36_100, "a new year of charges, without a late fee"


def test_a_late_fee_over_the_cap_is_the_cap() -> None:
    assert charged(owing(1000), terms(30_000, "0.001"), 0, after(9)).amount == 360


def test_a_year_that_begins_on_29_february_ends_on_its_last_day() -> None:
    late = owing(due=date(2028, 2, 28))
    of = terms(rate="0.01", cap="0.1")
    assert first_day(late.due_date, 0) == date(2028, 2, 29)
    assert [charged(late, of, 0, date(2029, 2, 28) + n * DAY).amount for n in (0, 1)] == [10_000, 11_000]


def test_what_was_paid_is_charged_no_more() -> None:
    paid_half = Overdue("TWD", DUE, ((DUE, 100_000), (after(11), 50_000)))
    assert [c.amount.amount for c in charges(paid_half, terms(rate="0.001"), 0, after(10), after(12))] == [100, 50, 50]


def test_the_end_of_the_calendar_is_no_error() -> None:
    late = owing(due=date(9999, 12, 20))
    assert charged(late, terms(30_000, "0.001"), 3, date.max).amount == 30_000 + 100 * 8
    assert charged(owing(due=date.max), terms(30_000), 3, date.max).amount == 0
    assert first_day(date.max - 4 * DAY, 3) == date.max
    assert first_day(date.max - 3 * DAY, 3) is None


def test_under_the_cap_each_day_of_each_year_is_charged_once() -> None:
    assert charged(owing(), terms(rate="0.0001", cap="9"), 0, after(800)).amount == 8000


def test_on_fees_alone_nothing_is_charged() -> None:
    assert overdue_of(instalment(30_000, fees=30_000), DUE).balances == ((DUE, 0),)


def test_a_table_has_an_end() -> None:
    with pytest.raises(ValueError, match=f"^{MOST_DAYS + 1} days given, expected {MOST_DAYS} at most"):
        charges(owing(), terms(1), 0, DUE, after(MOST_DAYS))


def test_a_difference_to_the_wallets_fees_is_found() -> None:
    by = policy(terms(30_000))
    assert differs(instalment(130_000, fees=30_000), by, after(10)) is None
    assert differs(instalment(125_000, fees=25_000), by, after(10)) == Money(30_000, "TWD")
    assert differs(instalment(), by, after(10)) is None
    assert differs(instalment(100_000, fees=0), by, DUE) is None


# --- Properties ------------------------------------------------------------------------------------------------------


def day_by_day(late: Overdue, of: Charges, grace: int, until: date) -> int:
    """The same sum, a day at a time and year by year, as a clerk would keep it: in whole numbers only."""
    rate, rate_of = of.daily_rate.as_integer_ratio()
    cap, cap_of = of.cap.as_integer_ratio()
    day = first = late.due_date + timedelta(days=grace + 1)
    booked = years = exact = most = fee = before = 0
    while day <= until:
        leap = (first.month, first.day) == (2, 29)
        if day == (date(first.year + years + 1, 3, 1) if leap else first.replace(year=first.year + years + 1)):
            years, exact, most, fee, before = years + 1, 0, 0, 0, booked
        balance = late.on(day)
        exact += rate * balance
        most = max(most, balance)
        limit = cap * most // cap_of
        if day == first and balance:
            fee = of.late_fee[late.currency].amount
        booked = before + min(limit, min(fee, limit) + exact // rate_of)
        day += DAY
    return booked


def test_ten_thousand_random_charges_are_the_clerks() -> None:
    pick = random.Random(20261130)
    for _ in range(10_000):
        currency = pick.choice(("JPY", "TWD", "KWD"))
        due = date(1990, 1, 1) + timedelta(days=pick.randrange(36_000))
        amount = int(10 ** pick.uniform(0, 9))
        balances = [(due, amount)]
        for days in sorted(pick.sample(range(1, 400), pick.choice((0, 0, 1, 2)))):
            balances.append((due + timedelta(days=days), pick.randrange(balances[-1][1] + 1)))
        rate, cap = Decimal(pick.randrange(200)) / 100_000, Decimal(pick.choice((0, 5, 16, 36, 100, 400))) / 100
        of = Charges({currency: Money(pick.choice((0, amount // 50, 30_000)), currency)}, rate, cap)
        late, grace = Overdue(currency, due, tuple(balances)), pick.randrange(31)
        until = due + timedelta(days=pick.randrange(800 if pick.random() < 0.02 else 40))
        assert charged(late, of, grace, until).amount == day_by_day(late, of, grace, until)


@given(cases(), st.integers(0, 800))
def test_the_sum_is_the_clerks(case: tuple[Overdue, Charges, int], days: int) -> None:
    late, of, grace = case
    until = late.due_date + timedelta(days=days)
    assert charged(late, of, grace, until).amount == day_by_day(late, of, grace, until)


@given(cases(), st.integers(-5, 800), st.integers(0, 60), st.integers(0, 60))
def test_the_same_however_the_days_are_split(
    case: tuple[Overdue, Charges, int], begin: int, first: int, second: int
) -> None:
    late, of, grace = case
    start = late.due_date + timedelta(days=begin)
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second + 1)
    parts = charges(late, of, grace, start, middle) + charges(late, of, grace, middle + DAY, end)
    assert parts == charges(late, of, grace, start, end)
    before, then = charged(late, of, grace, start - DAY), charged(late, of, grace, end)
    assert sum(charge.amount.amount for charge in parts) == then.amount - before.amount


@given(cases(), st.integers(0, 800))
def test_never_negative_never_over_the_cap_nothing_in_grace(case: tuple[Overdue, Charges, int], days: int) -> None:
    late, of, grace = case
    found = charges(late, of, grace, late.due_date, late.due_date + timedelta(days=days))
    assert all(charge.amount.amount > 0 and charge.day > late.due_date + timedelta(days=grace) for charge in found)
    years = days // 365 + 1
    assert sum(c.amount.amount for c in found) <= years * Fraction(of.cap) * late.balances[0][1]
    assert all(minor_digits(late.currency) >= -c.amount.to_decimal().as_tuple().exponent for c in found)  # type: ignore[operator]


@pytest.mark.parametrize(("fees", "ours"), [(49, None), (50, None), (51, None), (48, 50), (52, 50)])
def test_a_difference_of_one_minor_unit_is_none(fees: int, ours: int | None) -> None:
    of = policy(terms(rate="0.0005"), grace=0)
    found = differs(instalment(100_000 + fees, fees=fees), of, after(1))
    assert found == (None if ours is None else Money(ours, "TWD"))


def test_on_its_due_date_nothing_differs() -> None:
    assert differs(instalment(100_000, fees=5_000), policy(terms(rate="0.0005"), grace=0), DUE) is None


def test_the_fees_of_the_wallet_are_paid_last() -> None:
    of = overdue_of(instalment(101_000, fees=1_000), after(9), Money(40_000, "TWD"))
    assert of.balances == ((DUE, 100_000), (after(10), 60_000))
    assert overdue_of(instalment(101_000, fees=1_000), after(9), Money(100_500, "TWD")).balances[-1] == (after(10), 0)


def test_who_says_that_they_paid_has_a_day_and_some_hours_until_the_next_reminder() -> None:
    assert said_paid_until(DUE) == DUE + DAY
