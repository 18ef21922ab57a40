"""Late charges: each rule on a plain example, and properties held against sums made day by day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.agreements.holds import said_paid_until
from bot.rules.agreements.late_fees import (
    AHEAD,
    MOST_DAYS,
    Charge,
    Costs,
    Overdue,
    charge_table,
    charged,
    charges,
    charges_to_come,
    costs,
    differs,
    first_day,
    ours_so_far,
    outlook,
    overdue_of,
    still_free,
)
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money, minor_digits
from bot.rules.policy.terms import Charges, Policy

DUE = date(2026, 3, 2)
DAY = timedelta(days=1)
HUMANE = load_policy("humane")


def terms(late_fee: int = 0, rate: str = "0", cap: str = "0.36", currency: str = "TWD") -> Charges:
    return Charges({currency: Money(late_fee, currency)} if late_fee else {}, Decimal(rate), Decimal(cap))


def owing(amount: int = 100_000, due: date = DUE, currency: str = "TWD") -> Overdue:
    return Overdue(currency, due, ((due, amount),))


def policy(of: Charges | None, grace: int = 3) -> Policy:
    return replace(HUMANE, charges=of, grace_days=grace)


def instalment(amount: int = 100_000, fees: int | None = None, paid: int = 0) -> Instalment:
    money = Money(amount, "TWD")
    return Instalment(
        "I1", "A1", "Card", DUE, money, Money(paid, "TWD"), fees=None if fees is None else Money(fees, "TWD")
    )


def after(days: int) -> date:
    return DUE + timedelta(days=days)


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


# --- What is owed on a day to come -----------------------------------------------------------------------------------


def owed(of: Instalment, by: Policy, today: date, *days: int, paid: Money | None = None) -> list[int]:
    return [cost.owed.amount for cost in costs(of, by, today, [after(n) for n in days], paid)]


def test_before_the_charges_begin_nothing_is_added() -> None:
    assert owed(instalment(), policy(terms(30_000, "0.0005")), after(1), 1, 3, 4, 10) == [
        100_000,
        100_000,
        130_050,
        130_350,
    ]


def test_without_fees_of_the_wallet_the_charges_so_far_are_added() -> None:
    assert owed(instalment(), policy(terms(30_000)), after(10), 10, 20) == [130_000, 130_000]


def test_the_wallets_own_fees_are_what_was_charged_so_far() -> None:
    by = policy(terms(30_000, "0.0005"))
    assert owed(instalment(110_000, fees=10_000), by, after(10), 10, 11) == [110_000, 110_050]
    assert owed(instalment(100_000, fees=0), by, after(10), 10, 11) == [100_000, 100_050]


def test_before_the_charges_begin_the_wallet_has_charged_nothing_that_is_to_come() -> None:
    assert owed(instalment(fees=0), policy(terms(30_000, "0.0005")), after(1), 4) == [130_050]


def test_the_wallets_fees_of_earlier_years_leave_the_cap_of_this_year() -> None:
    by = policy(terms(rate="0.001"), grace=0)  # 36,000 in the first year, and 100 on each of five days since
    assert owed(instalment(136_500, fees=36_500), by, after(370), 371) == [136_600]
    assert owed(instalment(fees=0), by, after(0), 365) == [136_000]


def test_fees_over_the_cap_are_not_added_to() -> None:
    by = policy(terms(30_000, "0.0005", cap="0.36"))
    assert owed(instalment(150_000, fees=50_000), by, after(10), 11, 200) == [150_000, 150_000]
    assert owed(instalment(135_990, fees=35_990), by, after(10), 11, 200) == [136_000, 136_000]


def test_part_of_it_paid_today_costs_less_from_tomorrow_on() -> None:
    by = policy(terms(30_000, "0.0005"))
    half = Money(50_000, "TWD")
    assert owed(instalment(100_000, fees=0), by, after(10), 10, 12, paid=half) == [50_000, 50_050]
    assert owed(instalment(), by, after(1), 4, paid=half) == [50_000 + 18_000], "36 % of the half are less than the fee"


def test_all_of_it_paid_today_costs_nothing_more() -> None:
    by = policy(terms(30_000, "0.0005"))
    assert owed(instalment(), by, after(1), 400, paid=Money(100_000, "TWD")) == [0]
    assert owed(instalment(), by, after(1), 400, paid=Money(900_000, "TWD")) == [0]


def test_the_wallets_fees_are_one_charge_of_today_in_the_table() -> None:
    by = policy(terms(30_000, "0.0005"))
    lower, passed = instalment(110_000, fees=10_000), instalment(150_000, fees=50_000)
    assert charge_table(lower, by, after(10), DUE, after(11)) == (
        Charge(after(10), "wallet", Money(10_000, "TWD")),
        Charge(after(11), "daily", Money(50, "TWD")),
    )
    assert charge_table(lower, by, after(10), DUE, after(9)) == ()
    assert charge_table(lower, by, after(10), after(10), after(10)) == (Charge(after(10), "wallet", lower.fees),)
    over_the_cap = (Charge(after(10), "wallet", Money(50_000, "TWD")),)
    assert charge_table(passed, by, after(10), DUE, after(200)) == over_the_cap
    assert charge_table(instalment(paid=100_000), by, after(10), DUE, after(40)) == ()


def test_beside_the_wallets_fees_a_day_has_what_the_cap_leaves_of_its_charges() -> None:
    by = policy(terms(30_000, "0.0005", cap="0.3003"))
    assert charge_table(instalment(100_010, fees=10), by, after(1), after(2), after(4)) == (
        Charge(after(4), "late_fee", Money(30_000, "TWD")),
        Charge(after(4), "daily", Money(20, "TWD")),
    )


def test_the_charges_so_far_are_in_the_wallets_sum_where_it_sends_them() -> None:
    by = policy(terms(30_000, "0.0005"))
    assert ours_so_far(instalment(), by, after(5)) == Money(30_100, "TWD")
    assert ours_so_far(instalment(fees=5), by, after(5)) == Money(0, "TWD")


def test_what_the_first_day_will_cost_is_told_until_it_has_come() -> None:
    by = policy(terms(30_000, "0.0005"))
    first = (Charge(after(4), "late_fee", Money(30_000, "TWD")), Charge(after(4), "daily", Money(50, "TWD")))
    assert still_free(instalment(), by, after(3)) == still_free(instalment(fees=0), by, after(3)) == first
    assert still_free(instalment(), by, after(4)) == still_free(instalment(fees=1), by, after(1)) == ()
    assert still_free(instalment(), policy(None), after(1)) == ()
    assert still_free(replace(instalment(), due_date=date.max), by, DUE) == ()


def test_a_plan_in_force_stops_what_its_debts_cost_where_the_policy_says_so() -> None:
    by, planned = policy(terms(30_000, "0.0005")), replace(instalment(), held=True, in_plan=True)
    assert by.plans is not None and by.plans.charges == "none"
    assert owed(planned, by, after(10), 10, 20) == [100_000, 100_000]
    assert ours_so_far(planned, by, after(10)) == Money(0, "TWD")
    assert charge_table(planned, by, after(1), DUE, after(30)) == still_free(planned, by, after(1)) == ()
    of_wallet = replace(planned, amount_due=Money(105_000, "TWD"), fees=Money(5_000, "TWD"))
    assert charge_table(of_wallet, by, after(10), DUE, after(30)) == (Charge(after(10), "wallet", of_wallet.fees),)
    assert differs(of_wallet, by, after(10)) is None, "what they were before the plan nobody knows"
    usual = replace(by, plans=replace(by.plans, charges="as_usual"))
    without = replace(by, plans=None)
    assert owed(planned, usual, after(10), 10) == owed(planned, without, after(10), 10) == [130_350]


def test_a_difference_to_the_wallets_fees_is_found() -> None:
    by = policy(terms(30_000))
    assert differs(instalment(130_000, fees=30_000), by, after(10)) is None
    assert differs(instalment(125_000, fees=25_000), by, after(10)) == Money(30_000, "TWD")
    assert differs(instalment(), by, after(10)) is None
    assert differs(instalment(100_000, fees=0), by, DUE) is None


# --- Properties ------------------------------------------------------------------------------------------------------

CURRENCIES = st.sampled_from(["JPY", "TWD", "KWD"])
DATES = st.dates(date(1990, 1, 1), date(2090, 12, 31))
SHARES = st.decimals(0, 1, places=5)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Overdue, Charges, int]:
    currency, due = draw(CURRENCIES), draw(DATES)
    changes = draw(st.lists(st.integers(1, 900), max_size=3, unique=True).map(sorted))
    amounts = sorted(draw(st.lists(st.integers(0, 10**9), min_size=len(changes) + 1, max_size=len(changes) + 1)))
    since = [due, *(due + timedelta(days=n) for n in changes)]
    balances = tuple(zip(since, reversed(amounts), strict=True))
    fee = draw(st.integers(0, 10**6))
    of = Charges({currency: Money(fee, currency)}, draw(SHARES), draw(st.decimals(0, 10, places=3)))
    return Overdue(currency, due, balances), of, draw(st.integers(0, 30))


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


@given(
    cases(),
    st.integers(0, 400),
    st.lists(st.integers(0, 800), min_size=1, max_size=4),
    st.none() | st.integers(0, 10**9),
)
def test_what_will_be_owed_never_falls_with_time(
    case: tuple[Overdue, Charges, int], late_by: int, ahead: list[int], fees: int | None
) -> None:
    late, of, grace = case
    due, currency, amount = late.due_date, late.currency, late.balances[0][1]
    owing_it = Instalment(
        *("I1", "A1", "Card", due, Money(amount, currency), Money(0, currency)),
        fees=None if fees is None else Money(min(fees, amount), currency),
    )
    today = due + timedelta(days=late_by)
    days = [today + timedelta(days=n) for n in sorted(ahead)]
    found = [cost.owed.amount for cost in costs(owing_it, policy(of, grace), today, days)]
    assert found == sorted(found)
    assert found[0] >= owing_it.outstanding.amount


@given(cases(), st.integers(-9, 400), st.integers(0, 90), st.integers(0, 90), st.none() | st.integers(0, 10**9))
def test_the_table_of_charges_is_what_is_told_of_each_day(
    case: tuple[Overdue, Charges, int], late_by: int, first: int, second: int, fees: int | None
) -> None:
    late, of, grace = case
    due, currency, amount = late.due_date, late.currency, late.balances[0][1]
    by, today = policy(of, grace), due + timedelta(days=late_by)
    known = None if fees is None else Money(min(fees, amount), currency)
    owing_it = Instalment("I1", "A1", "Card", due, Money(amount, currency), Money(0, currency), fees=known)
    middle, end = today + first * DAY, today + (first + second + 1) * DAY
    table = charge_table(owing_it, by, today, min(due, today), end)
    parts = charge_table(owing_it, by, today, min(due, today), middle)
    assert parts + charge_table(owing_it, by, today, middle + DAY, end) == table
    told = costs(owing_it, by, today, [middle, end])
    so_far = known.amount if known else 0
    sums = [sum(c.amount.amount for c in of_days) for of_days in (parts, table)]
    assert sums == [cost.charges.amount + so_far for cost in told]


# --- What being late costs, told ahead -------------------------------------------------------------------------------


def debt(instalment_id: str, amount: int, due: date = DUE, currency: str = "TWD", paid: int = 0) -> Instalment:
    return Instalment(instalment_id, "A1", "Card", due, Money(amount, currency), Money(paid, currency))


AT_A_TENTH = policy(terms(rate="0.001", cap="9"), grace=0)  # of a percent: 100 a day of 100,000


def test_debts_are_told_together_for_each_currency() -> None:
    theirs = [debt("I1", 100_000), debt("I2", 50_000), debt("I3", 7_000, currency="CNY"), debt("I4", 9, paid=9)]
    twd, cny = outlook(theirs, AT_A_TENTH, after(0))
    assert [(twd.currency, twd.paid_today, twd.if_paid), cny.currency] == [("TWD", None, ()), "CNY"]
    assert twd.days == tuple(
        Costs(after(ahead), Money(150_000 + 150 * ahead, "TWD"), Money(150 * ahead, "TWD")) for ahead in AHEAD
    )
    assert [cost.charges.amount for cost in cny.days] == [7 * ahead for ahead in AHEAD]


def test_what_is_paid_today_pays_the_oldest_debt_first() -> None:
    newer, older = debt("I1", 100_000, after(3)), debt("I2", 50_000)
    twd, cny = outlook([newer, older, debt("I3", 7_000, currency="CNY")], AT_A_TENTH, after(3), Money(60_000, "TWD"))
    assert [(one.currency, one.paid_today) for one in (twd, cny)] == [("TWD", Money(60_000, "TWD")), ("CNY", None)]
    unpaid = [(100_000 + 100 * n) + (50_000 + 50 * (n + 3)) for n in AHEAD]
    assert [cost.owed.amount for cost in twd.days] == unpaid
    # All of the older one, with what it was charged until today left to the wallet, and 10,000 of the newer one.
    assert [cost.day for cost in twd.if_paid] == [after(3 + n) for n in AHEAD]
    assert [cost.owed.amount for cost in twd.if_paid] == [90_000 + 90 * n for n in AHEAD]
    assert [cost.charges.amount for cost in twd.if_paid] == [90 * n for n in AHEAD]
    assert cny.if_paid == ()


def test_of_two_debts_due_on_one_day_the_first_by_its_id_is_paid_first() -> None:
    (twd,) = outlook([debt("I2", 100), debt("I1", 300_000)], AT_A_TENTH, after(0), Money(300_000, "TWD"))
    assert [cost.owed.amount for cost in twd.if_paid] == [100 + n // 10 for n in AHEAD]


def test_charges_to_come_end_as_payments_come_in() -> None:
    of = policy(terms(rate="0.001", cap="10"), grace=0)
    halves = [(after(10), Money(50_000, "TWD")), (after(20), Money(50_000, "TWD"))]
    assert charges_to_come(instalment(), of, DUE, halves, after(100)) == Money(10 * 100 + 10 * 50, "TWD")
    assert charges_to_come(instalment(), of, DUE, halves, after(15)) == Money(10 * 100 + 5 * 50, "TWD")
    as_much_each_day = policy(terms(rate="1", cap="1000"), grace=0)
    for paid in (100, 150):
        all_at_once = [(after(1), Money(paid, "TWD"))]
        assert charges_to_come(instalment(100), as_much_each_day, DUE, all_at_once, after(50)) == Money(100, "TWD")


def test_charges_to_come_are_not_those_that_the_wallet_has_sent() -> None:
    of = policy(terms(rate="0.001", cap="10"), grace=0)
    assert charges_to_come(instalment(101_000, fees=1_000), of, after(10), [], after(20)) == Money(1_000, "TWD")
    assert charges_to_come(instalment(), of, after(10), [], after(20)) == Money(2_000, "TWD")


def test_more_than_is_owed_leaves_nothing() -> None:
    (twd,) = outlook([debt("I1", 100_000)], AT_A_TENTH, after(0), Money(200_000, "TWD"))
    assert [(cost.owed.amount, cost.charges.amount) for cost in twd.if_paid] == [(0, 0)] * len(AHEAD)


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
