"""Days and amounts as people write them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from bot.rules.customers.text_parsing import (
    NotSaid,
    SaidAmount,
    is_taken_back,
    normalised,
    said_amount,
    said_day,
    said_days,
    said_time,
)
from bot.rules.facts.money import Money

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-20", date(2026, 3, 20)),
        ("2026/3/5", date(2026, 3, 5)),
        ("2026年3月5日", date(2026, 3, 5)),
        ("０３-２０", date(2026, 3, 20)),
        ("3月5日", date(2026, 3, 5)),
        ("01-15", date(2026, 1, 15)),  # just past: a mistake, that is told
        ("12-20", date(2026, 12, 20)),
        ("today", MONDAY),
        ("Tomorrow", date(2026, 3, 3)),
        ("明天", date(2026, 3, 3)),
        ("後天", date(2026, 3, 4)),
        ("friday", date(2026, 3, 6)),
        ("FRI", date(2026, 3, 6)),
        ("周五", date(2026, 3, 6)),
        ("星期日", date(2026, 3, 8)),
        ("禮拜天", date(2026, 3, 8)),
        ("monday", date(2026, 3, 9)),  # never today
        ("周一", date(2026, 3, 9)),
        ("3d", date(2026, 3, 5)),
        ("10days", date(2026, 3, 12)),
        ("３天", date(2026, 3, 5)),
        ("3天后", date(2026, 3, 5)),
        ("0d", MONDAY),
    ],
)
def test_a_day_is_read(text: str, day: date) -> None:
    assert said_day(text, MONDAY) == day


NO_DAY = ("", "soon", "5/3", "2026-02-30", "13-40", "fr", "20", "2026-3", "星期八", "明", "3日", "-3d", "d")


@pytest.mark.parametrize("text", NO_DAY)
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    assert said_day(text, MONDAY) is None


@pytest.mark.parametrize(("text", "ahead"), [("friday", 2), ("周三", 7), ("monday", 5), ("thu", 1)])
def test_a_weekday_is_the_next_one_from_a_wednesday_too(text: str, ahead: int) -> None:
    wednesday = date(2026, 3, 4)
    assert said_day(text, wednesday) == wednesday + timedelta(days=ahead)


def test_of_a_very_long_text_nothing_is_read() -> None:
    assert said_day("tomorrow".ljust(300), MONDAY) == date(2026, 3, 3)
    assert said_day("tomorrow".ljust(301), MONDAY) is None
    assert normalised("x" * 301) == ""


def test_a_day_of_the_month_is_this_years_for_two_months_after_it() -> None:
    assert said_day("12-30", date(2026, 3, 2)) == date(2026, 12, 30)
    assert said_day("01-01", date(2026, 3, 4)) == date(2026, 1, 1)  # 62 days ago
    assert said_day("01-01", date(2026, 3, 5)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("14", 14),
        ("14d", 14),
        ("1 day", None),
        ("1day", 1),
        ("14days", 14),
        ("14天", 14),
        ("１４", 14),
        ("0", 0),
        ("999D", 999),
    ]
    + [("1000", None), ("", None), ("x14", None), ("14x", None), ("-1", None), ("١٤", None), ("four", None)],
)
def test_a_number_of_days_is_read(text: str, days: int | None) -> None:
    assert said_days(text) == days


@pytest.mark.parametrize("words", ["cancel", "CANCEL", " off ", "0", "取消"])
def test_what_takes_back_is_told_from_a_day(words: str) -> None:
    assert is_taken_back(words)
    assert not is_taken_back(f"{words} 3d")


def test_a_day_of_the_month_that_is_long_past_is_next_years() -> None:
    assert said_day("01-05", date(2026, 12, 20)) == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("text", "minor_units"),
    [
        ("500", 50_000),
        ("500.00", 50_000),
        ("TWD 500", 50_000),
        ("500 twd", 50_000),
        ("1,200.50", 120_050),
        ("1,234,567", 123_456_700),
        ("５００", 50_000),
        ("１，２００．５０", 120_050),
        ("500元", 50_000),
        ("NT$500", 50_000),
    ],
)
def test_an_amount_is_read(text: str, minor_units: int) -> None:
    assert said_amount(text, ["TWD"]).money == Money(minor_units, "TWD")


@pytest.mark.parametrize("text", ["all", "ALL", "全部", "全額", "TWD all"])
def test_everything_is_read(text: str) -> None:
    said = said_amount(text, ["TWD"])
    assert (said.money, said.currency) == (None, "TWD")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unreadable"),
        ("TWD", "unreadable"),
        ("1.200,50", "unreadable"),
        ("1200,50", "unreadable"),
        ("12,00", "unreadable"),
        ("-500", "unreadable"),
        ("5e3", "unreadable"),
        ("nan", "unreadable"),
        ("five hundred", "unreadable"),
        ("500.005", "decimals"),
        ("0", "zero"),
        ("0.00", "zero"),
        ("USD 5", "other_currency"),
        ("99999999999999999", "unreadable"),
        ("TWD USD 5", "unreadable"),
    ],
)
def test_what_is_no_amount_is_told_apart(text: str, why: str) -> None:
    with pytest.raises(NotSaid) as raised:
        said_amount(text, ["TWD"])
    assert raised.value.why == why


def test_of_several_currencies_one_has_to_be_named() -> None:
    with pytest.raises(NotSaid) as raised:
        said_amount("500", ["TWD", "USD"])
    assert raised.value.why == "which_currency"
    assert said_amount("USD 5", ["TWD", "USD"]).money == Money(500, "USD")


def test_an_amount_is_known_with_its_currency_and_a_space_in_it() -> None:
    assert said_amount("5 00 TWD", ["TWD"]) == SaidAmount(Money(50_000, "TWD"), "TWD")


def test_the_error_says_why() -> None:
    assert str(NotSaid("zero")) == "zero"


def test_yen_has_no_decimals() -> None:
    assert said_amount("500", ["JPY"]).money == Money(500, "JPY")
    with pytest.raises(NotSaid):
        said_amount("500.5", ["JPY"])


@pytest.mark.parametrize("words", ["cancel", "Cancel", " off ", "0", "０", "取消"])
def test_what_was_set_is_taken_back(words: str) -> None:
    assert is_taken_back(words)


@pytest.mark.parametrize("words", ["", "1", "00", "cancel it", "friday", "不取消"])
def test_anything_else_takes_nothing_back(words: str) -> None:
    assert not is_taken_back(words)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *(
            ("9:00", time(9)),
            ("09:05", time(9, 5)),
            (" 23:59 ", time(23, 59)),
            ("０:００", time(0)),
            ("9：30", time(9, 30)),
        ),
        *(("24:00", None), ("9:60", None), ("9", None), ("9:5", None), ("", None), ("9:00 pm", None)),
    ],
)
def test_a_time_is_read_as_hours_and_minutes(text: str, at: time | None) -> None:
    assert said_time(text) == at
