"""Plans that a customer can afford: sums, days, limits and cost, against a calculation in another way."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.agreements.affordable_plans import (
    Answers,
    Offer,
    Pay,
    about,
    answers_of,
    day_of_fortnight,
    offers,
    paydays,
    suggestions,
)
from bot.rules.agreements.instalment_plans import Part
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.plan_terms import Plans
from bot.rules.policy.policy import Charges, Policy, read_policy
from tests.rules.policy.policy_texts import LADDER

TODAY = date(2026, 3, 2)  # a Monday
PLAIN = read_policy(LADDER, "test")
CURRENCIES = ("JPY", "TWD", "KWD")  # 0, 2 and 3 decimals


def debt(amount: int, due: date = date(2026, 2, 20), currency: str = "TWD", number: int = 1) -> Instalment:
    return Instalment(f"I{number}", "A1", "Card", due, Money(amount, currency), Money(0, currency))


def policy(**terms: object) -> Policy:
    plans = Plans("none", alone_up_to={c: Money(10**12, c) for c in CURRENCIES}, alone_months=60)
    return replace(PLAIN, plans=replace(plans, **terms))  # type: ignore[arg-type]


def offered(
    amount: int, put_aside: int, payday: int = 31, every: str = "month", today: date = TODAY, **terms: object
) -> tuple[Offer, ...]:
    answers = Answers(every, Money(put_aside, "TWD"), payday)  # type: ignore[arg-type]
    return offers([debt(amount)], answers, policy(**terms), today, was_broken=False, vulnerable=False)


def amounts(offer: Offer) -> list[int]:
    return [part.amount.amount for part in offer.parts]


def test_a_payday_on_the_31st_is_the_last_day_of_each_month() -> None:
    days = [part.due_date for part in offered(120_000, 40_000)[0].parts]
    assert days == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


@pytest.mark.parametrize(
    ("payday", "after", "expected"),
    [
        (31, date(2027, 12, 31), [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)]),
        (30, date(2026, 1, 30), [date(2026, 2, 28), date(2026, 3, 30), date(2026, 4, 30)]),
        (29, date(2027, 2, 1), [date(2027, 2, 28), date(2027, 3, 29), date(2027, 4, 29)]),
        (1, date(2026, 3, 1), [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]),
    ],
)
def test_paydays_of_short_months_and_leap_years(payday: int, after: date, expected: list[date]) -> None:
    assert list(islice(paydays("month", payday, after), 3)) == expected


def test_a_weekly_payday_is_never_today() -> None:
    assert list(islice(paydays("week", 0, TODAY), 2)) == [date(2026, 3, 9), date(2026, 3, 16)]
    assert next(paydays("week", 1, TODAY)) == date(2026, 3, 3)


def test_a_payday_every_two_weeks_keeps_its_rhythm_over_short_months_leap_days_and_changed_clocks() -> None:
    """They are dates: that in Berlin the 29th of March has 23 hours changes none of them."""
    friday = day_of_fortnight(date(2026, 3, 13))
    assert list(islice(paydays("2 weeks", friday, date(2026, 3, 13)), 2)) == [date(2026, 3, 27), date(2026, 4, 10)]
    assert next(paydays("2 weeks", friday, date(2026, 3, 12))) == date(2026, 3, 13)
    over_leap = list(islice(paydays("2 weeks", day_of_fortnight(date(2028, 2, 15)), date(2028, 2, 1)), 3))
    assert over_leap == [date(2028, 2, 15), date(2028, 2, 29), date(2028, 3, 14)]
    new_year = list(islice(paydays("2 weeks", day_of_fortnight(date(2026, 12, 31)), date(2026, 12, 30)), 2))
    assert new_year == [date(2026, 12, 31), date(2027, 1, 14)]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_paydays_every_two_weeks_are_so_many_fortnights_from_the_one_that_was_said(said: date, after: date) -> None:
    found = list(islice(paydays("2 weeks", day_of_fortnight(said), after), 4))
    assert [(day - said).days % 14 for day in found] == [0] * 4
    assert 1 <= (found[0] - after).days <= 14
    assert {(b - a).days for a, b in pairwise(found)} == {14}


def test_all_that_can_be_put_aside_with_a_smaller_last_part_is_offered_beside_equal_parts() -> None:
    assert [amounts(offer) for offer in offered(100_000, 40_000)] == [
        [40_000, 40_000, 20_000],
        [33_334, 33_333, 33_333],
        [20_000] * 5,
    ]


def test_nothing_is_offered_where_the_policy_offers_nothing_or_it_would_take_too_long() -> None:
    answers = Answers("month", Money(100, "TWD"), 1)
    assert offers([debt(1000)], answers, PLAIN, TODAY, was_broken=False, vulnerable=False) == ()
    assert offers([], answers, policy(), TODAY, was_broken=False, vulnerable=False) == ()
    assert offered(120_000, 9_999, most_parts=12) == ()
    assert offered(120_000, 10_000, 5, most_parts=60, longest_months=11) == ()


def test_no_plan_is_longer_than_60_months_whatever_the_terms_say() -> None:
    sixty = offered(60_000, 1_000, 1, most_parts=60, longest_months=600)
    assert sixty[0].until == date(2031, 3, 1)
    assert offered(60_000, 999, 1, most_parts=100, longest_months=600) == ()


def test_a_part_that_would_round_to_nothing_or_is_too_small_is_not_offered() -> None:
    assert offered(1, 1) == ()
    assert [amounts(offer) for offer in offered(3, 2)] == [[2, 1], [1, 1, 1]]
    smallest = {"TWD": Money(10_000, "TWD")}
    for offer in offered(100_000, 40_000, smallest_part=smallest):
        assert min(amounts(offer)) >= 10_000
    assert offered(15_000, 15_000, smallest_part=smallest) == ()


def test_a_down_payment_waits_until_it_has_been_put_aside() -> None:
    first = offered(100_000, 10_000, 31, down_payment=Decimal("0.2"))[0].parts
    assert (first[0].due_date, first[0].amount.amount) == (date(2026, 4, 30), 20_000)
    assert offered(100_000, 10_000, 31, down_payment=Decimal("0.5")) == ()


def test_a_down_payment_is_followed_by_equal_parts() -> None:
    assert [amounts(offer) for offer in offered(100_000, 40_000, down_payment=Decimal("0.4"))] == [
        [40_000, 40_000, 20_000],
        [40_000, 30_000, 30_000],
        [40_000, *[15_000] * 4],
    ]
    assert [amounts(offer) for offer in offered(3, 3, down_payment=Decimal("0.6"))] == [[2, 1]]
    assert offered(100_000, 100_000, down_payment=Decimal(1)) == ()  # nothing would be left for another part


def test_no_part_is_due_before_it_has_been_put_aside() -> None:
    """Three parts of 333.34 could not be: by the second, 600 are put aside."""
    assert [amounts(offer) for offer in offered(100_000, 20_000, down_payment=Decimal("0.3"))] == [
        [30_000, 23_334, 23_333, 23_333],
        [30_000, 20_000, 20_000, 20_000, 10_000],
        [30_000, *[14_000] * 5],
    ]


def test_the_first_part_is_due_within_62_days() -> None:
    terms = {"every": "week", "down_payment": Decimal("0.9")}  # put aside by the ninth payday
    on_sundays, *_ = offered(100_000, 10_000, 6, **terms)  # type: ignore[arg-type]
    assert [(part.due_date - TODAY).days for part in on_sundays.parts] == [62, 69]
    assert [part.number for part in on_sundays.parts] == [1, 2]
    assert amounts(on_sundays) == [90_000, 10_000]
    assert offered(100_000, 10_000, 0, **terms) == ()  # type: ignore[arg-type]


def test_the_last_part_is_due_on_the_last_day_that_is_allowed_at_the_latest() -> None:
    limit = {"TWD": Money(50_000, "TWD")}
    for payday, longest, alone, expected in ((3, 1, 1, [False]), (3, 2, 1, [False, True]), (4, 1, 1, [])):
        plans = offered(50_000, 10_000, payday, "week", longest_months=longest, alone_months=alone, alone_up_to=limit)
        assert [offer.needs_person for offer in plans] == expected
    (thursdays,) = offered(50_000, 10_000, 3, "week", longest_months=1)
    assert thursdays.until == date(2026, 4, 2)  # five, the last one a month from today


def test_a_plan_has_no_more_parts_than_the_policy_allows() -> None:
    assert [amounts(offer) for offer in offered(50_000, 10_000, 3, "week", most_parts=5)] == [[10_000] * 5]
    assert offered(50_000, 10_000, 3, "week", most_parts=4) == ()
    as_many = offered(45_000, 10_000, 3, "week", most_parts=5)
    assert [amounts(offer) for offer in as_many] == [[*[10_000] * 4, 5_000], [9_000] * 5]
    assert [len(offer.parts) for offer in offered(50_000, 10_000, 3, "week", most_parts=10)] == [5, 8, 10]
    assert [len(offer.parts) for offer in offered(50_000, 10_000, 3, "week", most_parts=9)] == [5, 8]


def test_a_down_payment_that_is_less_than_an_equal_part_changes_nothing() -> None:
    for share in ("0.1", "0.2"):
        plans = offered(90_000, 60_000, 31, down_payment=Decimal(share))
        assert [30_000] * 3 in [amounts(offer) for offer in plans]
        assert [amounts(offer) for offer in plans] == [amounts(offer) for offer in offered(90_000, 60_000)]


def test_who_may_agree_alone() -> None:
    limit = {"TWD": Money(100_000, "TWD")}
    terms = policy(alone_up_to=limit, alone_months=3)
    answers = Answers("month", Money(50_000, "TWD"), 31)

    def needs(amount: int, **who: bool) -> list[bool]:
        asked = {"was_broken": False, "vulnerable": False} | who
        return [offer.needs_person for offer in offers([debt(amount)], answers, terms, TODAY, **asked)]

    assert needs(100_000) == [False, False, True]  # two, three, and four months
    assert all(needs(100_001)) and all(needs(100_000, vulnerable=True)) and all(needs(100_000, was_broken=True))
    again = replace(terms, plans=replace(terms.plans, alone_after_broken=True))  # type: ignore[type-var]
    assert not offers([debt(100_000)], answers, again, TODAY, was_broken=True, vulnerable=False)[0].needs_person
    nobody = policy(alone_up_to=None)
    assert offers([debt(1000)], answers, nobody, TODAY, was_broken=False, vulnerable=False)[0].needs_person


def test_a_key_tells_what_is_owed_and_what_is_offered() -> None:
    answers = Answers("month", Money(40_000, "TWD"), 31)

    def keys(*sums: int) -> list[str]:
        owed = [debt(amount, number=n) for n, amount in enumerate(sums)]
        found = offers(owed, answers, policy(), TODAY, was_broken=False, vulnerable=False)
        return [offer.key for offer in found]

    assert len({*keys(60_000, 40_000), *keys(50_000, 50_000)}) == 6  # three plans each, of the same parts
    assert {len(key) for key in keys(100_000)} == {12}  # it has to fit into a button


def test_a_key_changes_with_what_is_owed_and_with_nothing_else() -> None:
    first, again = offered(100_000, 40_000), offered(100_000, 40_000)
    assert [offer.key for offer in first] == [offer.key for offer in again]
    assert not {offer.key for offer in first} & {offer.key for offer in offered(99_999, 40_000)}


def test_what_is_due_soon_is_part_of_a_plan_and_other_currencies_are_not() -> None:
    owed = [debt(100, TODAY + timedelta(days=ahead), number=ahead) for ahead in (1, 7, 8)]
    owed.append(debt(100, TODAY, "JPY", 99))
    assert [i.instalment_id for i in about(owed, TODAY, "TWD")] == ["I1", "I7"]
    assert len(about(owed, TODAY)) == 3


def test_suggested_sums_are_round_and_large_enough() -> None:
    assert suggestions([debt(123_456)], policy(), "month") == tuple(
        Money(amount, "TWD") for amount in (62_000, 42_000, 21_000, 11_000)
    )
    smallest = {"TWD": Money(20_000, "TWD")}
    assert len(suggestions([debt(123_456)], policy(smallest_part=smallest), "month")) == 3
    assert suggestions([debt(1)], policy(), "week") == suggestions([debt(1)], PLAIN, "month") == (Money(1, "TWD"),)
    weekly = suggestions([debt(123_456)], policy(), "week")
    fortnightly = suggestions([debt(123_456)], policy(), "2 weeks")
    assert fortnightly == tuple(Money(amount, "TWD") for amount in (62_000, 31_000, 21_000, 11_000))
    assert weekly == tuple(Money(amount, "TWD") for amount in (31_000, 16_000, 11_000, 5_200))


def test_answers_can_be_read_off_a_plan() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    monthly = [Part(n, day, Money(50 + n, "TWD")) for n, day in enumerate(days, 1)]
    assert answers_of(monthly) == Answers("month", Money(53, "TWD"), 31)
    weekly = [Part(n + 1, TODAY + timedelta(weeks=n), Money(50, "TWD")) for n in range(3)]
    assert answers_of(weekly) == answers_of(weekly[:2]) == Answers("week", Money(50, "TWD"), 0)
    every_two = [Part(n + 1, TODAY + timedelta(weeks=2 * n), Money(50, "TWD")) for n in range(3)]
    assert answers_of(every_two) == Answers("2 weeks", Money(50, "TWD"), day_of_fortnight(TODAY))
    assert answers_of(weekly[:1]) == Answers("month", Money(50, "TWD"), 2)


@pytest.mark.parametrize(
    ("apart", "every", "payday"),
    [(1, "week", 0), (13, "week", 0), (14, "2 weeks", 0), (27, "2 weeks", 0), (28, "month", 30)],
)
def test_the_pace_of_other_parts_is_the_next_slower_one_from_the_first_day(apart: int, every: Pay, payday: int) -> None:
    parts = [Part(n + 1, TODAY + timedelta(days=apart * n), Money(50, "TWD")) for n in range(2)]
    assert answers_of(parts) == Answers(every, Money(50, "TWD"), payday)


def test_a_plan_without_charges_costs_its_parts_in_their_currency() -> None:
    (offer, *_) = offered(90000, 50000)
    assert offer.charges == Money(0, "TWD")
    assert offer.total == offer.cost == Money(90000, "TWD")


@pytest.mark.parametrize(("every", "payday"), [("week", 7), ("month", 0), ("month", 32), ("week", -1), ("2 weeks", 14)])
def test_a_payday_that_does_not_exist_is_no_answer(every: str, payday: int) -> None:
    with pytest.raises(ValueError, match="payday"):
        Answers(every, Money(1, "TWD"), payday)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_answer(amount: int) -> None:
    with pytest.raises(ValueError, match="given, expected more than nothing"):
        Answers("week", Money(amount, "TWD"), 1)


# --- The same, by other arithmetic -----------------------------------------------------------------------------------


def is_payday(day: date, every: str, payday: int) -> bool:
    if every == "week":
        return day.weekday() == payday
    if every == "2 weeks":
        return (day - date(2001, 1, 1)).days % 14 == (payday - 7) % 14  # a Monday, the 8th day of its fortnight
    ends_month = (day + timedelta(days=1)).day == 1
    return day.day == payday or (ends_month and day.day < payday)


@cache
def all_paydays(every: str, payday: int) -> list[date]:
    """Those of all years that plans here are in, found by looking at each day."""
    days = (date(2024, 1, 1) + timedelta(days=n) for n in range(12 * 365))
    return [day for day in days if is_payday(day, every, payday)]


def check(offer: Offer, owed: int, answers: Answers, terms: Plans, today: date) -> None:
    """Everything that has to be true of an offer, one payday and one part at a time."""
    due = {part.due_date: part.amount.amount for part in offer.parts}
    assert len(due) == len(offer.parts) and [p.number for p in offer.parts] == [*range(1, len(offer.parts) + 1)]
    assert all(a.due_date < b.due_date for a, b in pairwise(offer.parts))
    assert (offer.until.year - today.year) * 12 + offer.until.month - today.month <= 60, "longer than 60 months"
    days = all_paydays(answers.every, answers.payday)
    coming = days[bisect_right(days, today) : bisect_right(days, offer.until)]
    assert due.keys() <= {*coming}
    smallest = max(1, terms.smallest(answers.amount.currency).amount)
    put_aside, left = 0, owed
    for day in coming:
        put_aside += answers.amount.amount
        if (part := due.get(day)) is not None:
            assert smallest <= part <= put_aside
            put_aside, left = put_aside - part, left - part
    assert left == 0 and max(due) == offer.until and 2 <= len(due) <= terms.most_parts
    assert Fraction(offer.parts[0].amount.amount) >= Fraction(terms.down_payment) * owed
    assert offer.total.amount == owed


def made(pick: random.Random, charges: str) -> None:
    currency = pick.choice(CURRENCIES)
    owed = int(10 ** pick.uniform(0, 9)) + 1
    every = pick.choice(("week", "2 weeks", "month"))
    terms = Plans(
        charges,  # type: ignore[arg-type]
        most_parts=pick.randint(2, 60),
        longest_months=pick.randint(1, 60),
        smallest_part={currency: Money(int(owed * pick.choice((0, 0, 0.01, 0.1, 0.3))), currency)},
        down_payment=Decimal(pick.choice(("0", "0", "0.1", "0.25", "0.333"))),
    )
    put_aside = Money(max(1, int(owed * pick.uniform(0.02, 0.8))), currency)
    payday = {"week": pick.randint(0, 6), "2 weeks": pick.randint(0, 13), "month": pick.randint(1, 31)}[every]
    answers = Answers(every, put_aside, payday)  # type: ignore[arg-type]
    today = date(2024, 1, 1) + timedelta(days=pick.randint(0, 1800))
    rates = Charges(
        {currency: Money(owed // 50, currency)}, Decimal("0.0005"), Decimal(pick.choice(("0", "0.05", "0.36")))
    )
    whole = replace(PLAIN, plans=terms, charges=rates)
    first = owed // pick.randint(1, 3)
    debts = [
        debt(n, today - timedelta(days=pick.randint(-5, 300)), currency, k)
        for k, n in enumerate((first, owed - first))
        if n
    ]
    for offer in offers(debts, answers, whole, today, was_broken=False, vulnerable=False):
        check(offer, owed, answers, terms, today)
        years = (offer.until - min(d.due_date for d in debts)).days // 365 + 1
        limit = Fraction(rates.cap) * owed * years if charges == "as_usual" else Fraction(0)
        assert 0 <= offer.charges.amount <= limit
        assert offer.cost == offer.total + offer.charges


def test_two_thousand_random_plans() -> None:
    pick = random.Random(20261129)
    for n in range(2_000):
        made(pick, "as_usual" if n % 10 == 0 else "none")


@given(st.randoms(use_true_random=False), st.sampled_from(["none", "as_usual"]))
@settings(max_examples=150, deadline=None)
def test_any_plan_adds_up_keeps_to_paydays_and_to_the_terms(pick: random.Random, charges: str) -> None:
    made(pick, charges)


def test_charges_that_go_on_are_told_and_end_as_the_parts_come_in() -> None:
    rates = Charges({}, Decimal("0.001"), Decimal(1))
    answers = Answers("month", Money(50_000, "TWD"), 20)
    asked = replace(policy(charges="as_usual"), charges=rates)
    (two, *_) = offers([debt(100_000)], answers, asked, TODAY, was_broken=False, vulnerable=False)
    # from 21 February on 100 a day of 1,000.00; after 20 March half of it
    assert two.charges.amount == 28 * 100 + 31 * 50
    assert two.cost.amount == 100_000 + two.charges.amount


def test_parts_pay_the_oldest_debt_first() -> None:
    asked = replace(policy(charges="as_usual"), charges=Charges({}, Decimal("0.001"), Decimal(1)))
    debts = [debt(70_000, date(2026, 2, 25), number=2), debt(50_000, date(2026, 2, 20), number=1)]
    answers = Answers("month", Money(40_000, "TWD"), 20)
    three = offers(debts, answers, asked, TODAY, was_broken=False, vulnerable=False)[0]
    assert amounts(three) == [40_000] * 3
    older = 28 * 50 + 31 * 10  # from 21 February to 20 March, and to 20 April, when the rest of it is paid
    newer = 54 * 70 + 30 * 40  # from 26 February to 20 April, and to 20 May
    assert three.charges == Money(older + newer, "TWD")
