"""What is owed on days to come: a debt with its late fees, and all debts of a customer together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.late_fees import (
    AHEAD,
    Charge,
    Costs,
    Overdue,
    charge_table,
    charges_to_come,
    costs,
    differs,
    ours_so_far,
    outlook,
    still_free,
)
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.terms import Charges, Policy
from tests.rules.agreements.late_debts import DAY, DUE, after, cases, instalment, policy, terms

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


# --- Properties ------------------------------------------------------------------------------------------------------


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
