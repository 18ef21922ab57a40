"""Money and the wallet's facts: what is read, added and owed, to the last minor unit."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment, total
from bot.rules.facts.money import MAX_MINOR_UNITS, Money, NotMoney, is_currency, minor_digits, parse_money

CURRENCIES = st.sampled_from(["TWD", "CNY", "USD", "JPY", "KRW", "KWD", "HKD"])
AMOUNTS = st.integers(-MAX_MINOR_UNITS, MAX_MINOR_UNITS)


def cny(amount: str) -> Money:
    return parse_money(amount, "CNY")


def instalment(due: str = "1000", paid: str = "0", due_date: date = date(2027, 3, 1), **more: object) -> Instalment:
    return Instalment("i1", "a1", "loan", due_date, cny(due), cny(paid), **more)


def customer_facts(*unsettled: Instalment) -> CustomerFacts:
    return CustomerFacts(Customer("c1", "Lin", None, "Asia/Taipei"), (), unsettled, None)


@given(AMOUNTS, CURRENCIES)
def test_what_is_written_reads_back_as_the_same_money(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert parse_money(f"{money.to_decimal():f}", currency) == money


@given(st.text(max_size=30), CURRENCIES)
def test_any_text_is_money_or_refused_with_a_reason(text: str, currency: str) -> None:
    try:
        money = parse_money(text, currency)
    except NotMoney as refusal:
        assert str(refusal)
    else:
        assert money.to_decimal() == Decimal(text.strip())


@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_taking_away_what_was_added_leaves_what_was_there(one: int, other: int, currency: str) -> None:
    money = Money(one, currency)
    assert money + Money(other, currency) - Money(other, currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "CNY", 1250),
        ("1250", "TWD", 125000),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        (" 7 ", "USD", 700),
        ("-0.01", "USD", -1),
        ("+3", "USD", 300),
        ("1.50000000000000000000000000000000000000", "USD", 150),
        ("100000000000", "CNY", MAX_MINOR_UNITS),
    ],
)
def test_decimal_strings_are_read_in_the_currencys_own_unit(text: str, currency: str, amount: int) -> None:
    assert parse_money(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    "text", ["", " ", "-", ".", "1,250", "1e3", "NaN", "Infinity", "１２", "$5", "1 000", "5-", "1_0"]
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(NotMoney, match="is not an amount; expected decimal digits"):
        parse_money(text, "CNY")


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.005", "CNY"),
        ("1.5", "JPY"),
        ("1.00000000000000000000000000000000001", "CNY"),
        ("0." + "0" * 60 + "1", "CNY"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_however_small(text: str, currency: str) -> None:
    with pytest.raises(NotMoney, match="more decimal places than"):
        parse_money(text, currency)


@pytest.mark.parametrize("text", ["10000000000000.01", "-10000000000000.01", "9" * 200, "9" * 5000])
def test_amounts_that_cannot_be_stored_are_refused(text: str) -> None:
    with pytest.raises(NotMoney, match="larger than can be stored") as refusal:
        parse_money(text, "CNY")
    assert len(str(refusal.value)) < 120
    assert str(refusal.value).endswith("CNY is larger than can be stored; expected 100000000000.00 CNY at most")


def test_a_refusal_quotes_forty_characters_at_most() -> None:
    with pytest.raises(NotMoney, match=f"^'{'9' * 40}' CNY"):
        parse_money("9" * 40, "CNY")
    with pytest.raises(NotMoney, match=f"^'{'9' * 40}…' CNY"):
        parse_money("9" * 41, "CNY")


def test_currencies_do_not_add_up_nor_compare() -> None:
    with pytest.raises(ValueError, match="TWD and CNY do not add up"):
        cny("1") + Money(1, "TWD")
    with pytest.raises(ValueError, match="TWD and CNY do not add up"):
        assert cny("1") < Money(1, "TWD")


def test_money_of_one_currency_compares_by_amount() -> None:
    assert cny("1") < cny("2") <= cny("2")
    assert cny("3") > cny("2")


def test_no_money_is_false() -> None:
    assert not cny("0")
    assert cny("0.01")


def test_money_shows_its_own_units_and_currency() -> None:
    assert str(cny("12.5")) == "12.50 CNY"
    assert str(Money(1250, "JPY")) == "1250 JPY"


def test_known_currencies_are_in_capitals() -> None:
    assert is_currency("TWD")
    assert not is_currency("twd")
    assert not is_currency("ABC")


def test_minor_units_follow_the_currency() -> None:
    assert [minor_digits(code) for code in ("TWD", "CNY", "JPY", "KWD")] == [2, 2, 0, 3]


def test_part_paid_owes_the_rest() -> None:
    part = instalment("1000", paid="400")
    assert part.outstanding == cny("600")
    assert part.part_paid
    assert not part.settled


def test_a_single_cent_is_a_part_and_nothing_is_none() -> None:
    assert instalment(paid="0.01").part_paid
    assert not instalment(paid="0").part_paid


def test_overpaid_owes_nothing_and_never_less() -> None:
    over = instalment("1000", paid="1200")
    assert over.outstanding == cny("0")
    assert over.settled
    assert not over.part_paid


@pytest.mark.parametrize(
    ("status", "paid", "came_in"),
    [
        ("open", "400", "400"),
        ("paid", "400", "1000"),  # by the wallet's word alone
        ("paid", "1000", "1000"),
        ("paid", "1200", "1200"),
        ("waived", "400", "400"),
    ],
)
def test_what_came_in_is_the_money_that_the_wallet_tells_of(status: str, paid: str, came_in: str) -> None:
    assert instalment("1000", paid, status=status).came_in == cny(came_in)


def test_a_reversal_makes_the_whole_owed_again() -> None:
    assert instalment("1000", paid="0").outstanding == cny("1000")


@pytest.mark.parametrize("status", ["paid", "waived"])
def test_paid_by_the_wallets_word_or_waived_owes_nothing(status: str) -> None:
    assert instalment(status=status).settled
    assert instalment(status=status).outstanding == cny("0")


def test_disputed_is_still_outstanding() -> None:
    assert instalment(status="disputed").outstanding == cny("1000")


def test_days_past_due_count_over_the_leap_day() -> None:
    assert instalment(due_date=date(2028, 2, 28)).days_past_due(date(2028, 3, 1)) == 2
    assert instalment(due_date=date(2027, 2, 28)).days_past_due(date(2027, 3, 1)) == 1
    assert instalment(due_date=date(2028, 2, 29)).days_past_due(date(2029, 2, 28)) == 365


def test_before_the_due_date_days_past_due_are_negative() -> None:
    assert instalment(due_date=date(2027, 3, 1)).days_past_due(date(2027, 2, 26)) == -3


def test_due_today_is_upcoming_and_not_overdue() -> None:
    due = instalment(due_date=date(2027, 1, 31))
    assert customer_facts(due).upcoming(date(2027, 1, 31)) == (due,)
    assert customer_facts(due).overdue(date(2027, 1, 31)) == ()
    assert customer_facts(due).overdue(date(2027, 2, 1)) == (due,)


def test_days_overdue_are_those_of_the_oldest_debt() -> None:
    debts = customer_facts(instalment(due_date=date(2027, 1, 31)), instalment(due_date=date(2027, 2, 28)))
    assert debts.days_overdue(date(2027, 3, 2)) == 30
    assert debts.days_overdue(date(2027, 1, 30)) == 0


def test_totals_are_told_for_each_currency_apart() -> None:
    yen = Instalment("i2", "a2", "loan", date(2027, 3, 1), Money(500, "JPY"), Money(0, "JPY"))
    assert total((instalment("10"), yen, instalment("5", paid="1"))) == (cny("14"), Money(500, "JPY"))
    assert total(()) == ()
