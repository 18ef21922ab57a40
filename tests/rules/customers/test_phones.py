"""Phone numbers as wallets, people and Telegram write them, each as today's E.164."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.customers import phones
from bot.rules.customers.phones import normalised, of_contact, written_forms


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+886912345678", "+886912345678"),
        ("+886 912-345-678", "+886912345678"),
        ("+886 0912345678", "+886912345678"),
        ("00886912345678", "+886912345678"),
        ("＋８８６ ９１２ ３４５ ６７８", "+886912345678"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("+39 06 1234 5678", "+390612345678"),  # Italy keeps its zero
        ("+5215512345678", "+525512345678"),  # Mexico until 2019
        ("+52 044 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+54 9 11 2345 6789", "+5491123456789"),
        ("+54 11 15 2345 6789", "+5491123456789"),  # Argentina as written at home
        ("+54 9 11 15 2345 6789", "+5491123456789"),
        ("+54 9 011 2345 6789", "+5491123456789"),
        ("+54 11 2345 6789", "+541123456789"),
        ("+55 11 8123 4567", "+5511981234567"),  # Brazil before the ninth digit
        ("+55 11 2123 4567", "+551121234567"),  # a landline there has eight
        ("+229 95 12 34 56", "+2290195123456"),  # Benin until 2024
        ("+88 (0)6 912345678".ljust(40), "+886912345678"),
        ("+88 (0)6 912345678".ljust(41), None),
        ("+٨٨٦٩١٢٣٤٥٦٧٨", "+886912345678"),
        ("+86 138", None),
        ("0912345678", None),
        ("912345678", None),
        ("+88", None),
        ("+1800FLOWERS", None),
        ("+" + "1" * 4000, None),
        ("8.86912E+11", None),
        ("", None),
    ],
)
def test_a_number_in_its_usual_form(text: str, number: str | None) -> None:
    assert normalised(text) == number
    if number:
        assert normalised(number) == number


def test_a_number_with_a_prefix_or_of_an_older_form_is_todays_though_nothing_else_is_written() -> None:
    todays = {
        "+551181234567": "+5511981234567",  # Brazil before the ninth digit
        "+5408830730769": "+548830730769",
        "+3758119673398": "+375119673398",  # Belarus dials 8 first
        "+2618322689": "+261208322689",  # Madagascar's area code
        "+378968921": "+3780549968921",  # San Marino's
        "+886912345678": "+886912345678",
    }
    assert {written: normalised(written) for written in todays} == todays
    for nobodys in ("+999123456789", "+28012345678", "+2804155550123"):
        assert normalised(nobodys) is None  # no country


def test_most_numbers_are_known_without_being_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has millions of them."""
    usual = ["+14155550123", "+886912345678", "+8613800138000", "+442079460958", "+85291234567", "+6591234567"]
    monkeypatch.setattr(phones, "_parsed", None)
    assert [normalised(phone) for phone in usual] == usual


@pytest.mark.parametrize("phone", ["5215512345678", "+5215512345678", "525512345678", "+52 55 1234 5678"])
def test_a_contact_has_its_country_with_the_plus_or_without(phone: str) -> None:
    assert of_contact(phone) == "+525512345678"


def test_a_contact_with_two_zeros_has_its_country_after_them() -> None:
    assert of_contact("00525512345678") == "+525512345678"


@pytest.mark.parametrize("phone", ["+54911234567", "+549112345678901", "+54111234567", "+541123456789012"])
def test_what_is_no_whole_argentine_number_has_no_other_form(phone: str) -> None:
    assert written_forms(phone) == (phone,)


def test_an_argentine_line_is_known_with_the_nine_and_without() -> None:
    assert set(written_forms("+5491123456789")) == set(written_forms("+541123456789"))
    assert written_forms("+525512345678") == ("+525512345678",)


@pytest.mark.parametrize("country", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_zeros_before_a_number_are_read_the_same_with_spaces(country: int) -> None:
    """Some countries dial them and some write them as a part of the number."""
    for national in (zeros + "123456789"[:length] for zeros in ("0", "00", "000") for length in range(3, 10)):
        assert normalised(f"+{country}{national}") == normalised(f"+{country} {national}"), national


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)), st.text("0123456789", max_size=14))
def test_a_number_in_e164_is_the_same_as_when_it_is_written_with_spaces(country: int, national: str) -> None:
    assert normalised(f"+{country}{national}") == normalised(f"+{country} {national}")
