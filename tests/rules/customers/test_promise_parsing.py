"""The days and the sum in a sentence: what is clear is read, what has two readings gives both, nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers.folded_text import folded
from bot.rules.customers.promise_parsing import MOST_DAYS, SaidPromise, said_promise
from bot.rules.facts.money import Money

MONDAY = date(2026, 11, 30)
FRIDAY = date(2026, 12, 4)
TWD = ["TWD"]


def days(text: str, today: date = MONDAY) -> list[str]:
    return [day.isoformat() for day in said_promise(text, today, TWD).days]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I can pay 500 on Friday", ["2026-12-04"]),
        ("周五还500", ["2026-12-04"]),
        ("禮拜五繳", ["2026-12-04"]),
        ("星期日还", ["2026-12-06"]),
        ("next Friday", ["2026-12-04", "2026-12-11"]),
        ("coming friday", ["2026-12-04"]),
        ("下周五还", ["2026-12-11"]),
        ("下下个星期五", ["2026-12-18"]),
        ("when my salary comes on the 10th", ["2026-12-10"]),
        ("等我15号发工资就还", ["2026-12-15"]),
        ("十五號再繳", ["2026-12-15"]),
        ("二十一号", ["2026-12-21"]),
        ("下个月5号", ["2026-12-05"]),
        ("月底", ["2026-11-30"]),
        ("下月底", ["2026-12-31"]),
        ("end of the month", ["2026-11-30"]),
        ("end of next month", ["2026-12-31"]),
        ("on the 31st", ["2026-11-30", "2026-12-31"]),  # this month has none
        ("30号", ["2026-11-30"]),
        ("tmrw i will pay", ["2026-12-01"]),
        ("聽日還", ["2026-12-01"]),
        ("the day after tomorrow", ["2026-12-02"]),
        ("后天", ["2026-12-02"]),
        ("大后天", ["2026-12-03"]),
        ("in 3 days", ["2026-12-03"]),
        ("three天后", []),
        ("三天後", ["2026-12-03"]),
        ("in two weeks", ["2026-12-14"]),
        ("两周后", ["2026-12-14"]),
        ("December 4", ["2026-12-04"]),
        ("the 4th of december", ["2026-12-04"]),
        ("12月4号", ["2026-12-04"]),
        ("2026-12-04", ["2026-12-04"]),
        ("12/4", ["2026-12-04", "2027-04-12"]),
        ("Nov 10", []),  # past
        ("11月10日", []),
        ("on february 30", []),  # no such day
        ("this weekend", ["2026-12-05", "2026-12-06"]),
        ("friday or saturday", ["2026-12-04", "2026-12-05"]),
        ("出粮就还", []),
        ("next week", []),
        ("today", ["2026-11-30"]),
        ("on thursday", ["2026-12-03"]),
        ("sunday", ["2026-12-06"]),
        ("周天", ["2026-12-06"]),
        ("end of the week", ["2026-12-04", "2026-12-06"]),
        ("the 1st", ["2026-12-01"]),
        ("二十号", ["2026-12-20"]),
        ("二十三天后", ["2026-12-23"]),
        *((several, []) for several in ("三四号", "两三号", "十二三号", "两三天后", "二三十天内", "一两周后")),
        ("32号", []),
        ("a week from today", ["2026-12-07"]),
        ("a week on friday", ["2026-12-11"]),
        ("friday week", ["2026-12-11"]),
        ("monday week", ["2026-12-07"]),
        ("give me 5 more days", ["2026-12-05"]),
        ("three days later", ["2026-12-03"]),
        ("in a fortnight", ["2026-12-14"]),
        ("再给我三天", ["2026-12-03"]),
        ("过两个星期还", ["2026-12-14"]),
        ("廿五號還", ["2026-12-25"]),
        ("卅号还", ["2026-11-30"]),
        ("end of next week", ["2026-12-11", "2026-12-13"]),
        ("by christmas", ["2026-12-25"]),
        ("new year's day", ["2027-01-01"]),
        ("聖誕節前", ["2026-12-25"]),
        ("国庆后还", ["2027-10-01"]),
        ("may 31", []),  # half a year back, so this year's
        ("may 30", ["2027-05-30"]),
    ],
)
def test_the_days_that_are_meant(text: str, expected: list[str]) -> None:
    assert days(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on friday", ["2026-12-04", "2026-12-11"]),
        ("this friday", ["2026-12-04"]),
        ("next friday", ["2026-12-11"]),
        ("周五", ["2026-12-04", "2026-12-11"]),
        ("这周五", ["2026-12-04"]),
        ("下周五", ["2026-12-11"]),
        ("the 4th", ["2026-12-04"]),
        ("the 3rd", ["2027-01-03"]),
        ("coming friday", ["2026-12-11"]),
        ("this weekend", ["2026-12-05", "2026-12-06"]),
        ("end of next week", ["2026-12-11", "2026-12-13"]),
        ("a week from tuesday", ["2026-12-15"]),
        ("friday week", ["2026-12-11"]),
    ],
)
def test_a_friday_said_on_a_friday(text: str, expected: list[str]) -> None:
    assert days(text, FRIDAY) == expected


def test_a_weekend_said_on_its_sunday_is_this_one_or_the_next() -> None:
    assert days("weekend", date(2026, 12, 6)) == ["2026-12-06", "2026-12-12"]


def test_a_feast_is_todays_or_that_of_next_year() -> None:
    christmas = date(2026, 12, 25)
    assert days("christmas", christmas) == ["2026-12-25"]
    assert days("christmas", christmas + timedelta(days=1)) == ["2027-12-25"]


@pytest.mark.parametrize("text", ["Nov 10", "on february 30", "11月10日"])
def test_a_day_that_is_past_or_does_not_exist_was_named_all_the_same(text: str) -> None:
    assert said_promise(text, MONDAY, TWD) == SaidPromise(named=True)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("I can pay 500 on Friday", 50_000),
        ("周五还500块", 50_000),
        ("月底還五百", 50_000),
        ("五块", 500),
        ("五百明天", 50_000),
        ("两千三", 230_000),
        ("一百零五块", 10_500),
        ("一万二", 1_200_000),
        ("十五块", 1500),
        ("5百", 50_000),
        ("five hundred tomorrow", 50_000),
        ("one thousand two hundred and fifty by friday", 125_000),
        ("fifty dollars", 5000),
        ("a hundred dollars", 10_000),
        ("two thousand tomorrow", 200_000),
        ("一万块", 1_000_000),
        ("5千", 500_000),
        ("2万", 2_000_000),
        ("0.01 on friday", 1),
        ("500 HKD on friday", None),
        ("五百港币", None),
        ("我还五", None),
        ("NT$1,200.50 on Friday", 120_050),
        ("1.5k on tuesday", 150_000),
        ("TWD 500", 50_000),
        ("500 or 600 on friday", None),
        ("HK$500 on friday", None),
        ("500.123 on friday", None),
        ("0 on friday", None),
        ("the 10th at 5pm", None),
        ("in 3 parts", None),
        ("三期还", None),
        ("one more week", None),
        ("on friday", None),
    ],
)
def test_the_sum_that_is_meant(text: str, minor: int | None) -> None:
    amount = said_promise(text, MONDAY, TWD).amount
    assert amount == (None if minor is None else Money(minor, "TWD"))


def test_a_sum_without_a_currency_is_in_the_only_one_that_is_owed() -> None:
    assert said_promise("500 on friday", MONDAY, ["TWD", "USD"]).amount is None
    assert said_promise("usd 500 on friday", MONDAY, ["TWD", "USD"]).amount == Money(50_000, "USD")
    assert said_promise("500 on friday", MONDAY, []).amount is None


PIECES = [
    "500",
    "五百",
    "friday",
    "周五",
    "the 31st",
    "月底",
    "next",
    "12/4",
    "k",
    "百",
    "on",
    "nt$",
    " ",
    ",",
    "二十",
    "号",
    "and",
    "one",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=80),
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
)
def test_no_day_is_past_and_no_text_is_an_error(text: str, today: date) -> None:
    said = said_promise(text, today, TWD)
    assert len(said.days) <= MOST_DAYS
    assert list(said.days) == sorted(set(said.days))
    assert all(day >= today for day in said.days)
    assert said.named or not said.days
    assert said.amount is None or said.amount.amount > 0


@given(st.integers(1, 9_999_999), st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 6))
def test_a_plain_sum_and_weekday_are_always_read(units: int, today: date, weekday: int) -> None:
    name = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[weekday]
    said = said_promise(f"I will pay {units:,} on {name}", today, TWD)
    assert said.amount == Money(100 * units, "TWD")
    assert said.days
    assert all(day.weekday() == weekday and day - today <= timedelta(days=7) for day in said.days)


def test_an_hour_is_no_sum_and_none_of_the_words_for_how() -> None:
    assert said_promise("后天下午3点还200", MONDAY, TWD).amount == Money(20000, "TWD")
    assert said_promise("三點還200", MONDAY, TWD).amount == Money(20000, "TWD")
    assert folded("可以晚點還嗎") == "可以晚点还吗"
    assert folded("點還") == "怎么还"
