"""What can be put aside, as people write it: the sum, how often, and why it cannot be read."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers.affordable_sum_parsing import MOST_CHARS, PutAside, said_put_aside
from bot.rules.customers.text_parsing import NotSaid
from bot.rules.facts.money import Money

Every = Literal["week", "2 weeks", "month"]


def read(text: str, every: Every = "month", *currencies: str) -> tuple[int | float, Every, bool] | str:
    """The sum in the currency's own unit, the pace, and whether it was said; or why it cannot be read."""
    try:
        said = said_put_aside(text, currencies or ("TWD",), every)
    except NotSaid as wrong:
        return wrong.why
    assert said.amount.currency == (currencies or ("TWD",))[0]
    return float(said.amount.to_decimal()), said.every, said.is_paced


NO_PACE = {
    "500": 500,
    "５００": 500,
    "NT$1,200.50": 1200.5,
    "1.5k": 1500,
    "maybe 50": 50,
    "500 or so": 500,
    "up to 500": 500,
    "five hundred": 500,
    "fifty": 50,
    "maybe twenty-five": 25,
    "a thousand": 1000,
    "2 thousand": 2000,
    "1萬2": 12_000,
    "3百5": 350,
    "no more than 100": 100,
    "50 per payday": 50,
    "發薪日五百": 500,
    "一千多": 1000,
    "5 hundred": 500,
    "两千五": 2500,
    "兩千五百": 2500,
    "一百五": 150,
    "大概一千吧": 1000,
    "最多五百": 500,
    "十": 10,
    "五十": 50,
    "我可以拿出三千五": 3500,
    "5百": 500,
    "两万": 20_000,
    "500元": 500,
    "500台幣": 500,
    "500 TWD": 500,
    "五百一期": 500,
    "500 for 3 months": 500,
    "下个月五百": 500,
}
BY_MONTH = {
    "一個月三千": 3000,
    "每月五百": 500,
    "每个月2000左右": 2000,
    "每月還兩千": 2000,
    "我可以每個月拿出三千五": 3500,
    "月付500": 500,
    "按月500": 500,
    "500元/月": 500,
    "2,000/mo": 2000,
    "500/m": 500,
    "500/month": 500,
    "500 per mth": 500,
    "每 月 500": 500,
    "月500": 500,
    "500一个月": 500,
    "200 pcm": 200,
    "200 p/m": 200,
    "500 monthly": 500,
    "five hundred a month": 500,
    "I could do around 300 each month": 300,
    "i can't pay more than 200 a month": 200,
    "500 every month": 500,
    "fifty a month": 50,
}
BY_WEEK = {
    "maybe 50 a week": 50,
    "500 per week": 500,
    "one hundred each week": 100,
    "weekly 40": 40,
    "40 wkly": 40,
    "40/wk": 40,
    "40 / week": 40,
    "40/w": 40,
    "100 pw": 100,
    "50p/w": 50,
    "50 p.w.": 50,
    "50 each friday": 50,
    "禮拜500": 500,
    "五百一個禮拜": 500,
    "fifty a week": 50,
    "每周五百块": 500,
    "每週 1000 元": 1000,
    "每禮拜三百": 300,
    "一星期二百": 200,
    "三百块每星期": 300,
    "3百一周": 300,
    "500元/周": 500,
}
BY_TWO_WEEKS = {
    "fifty fortnightly": 50,
    "五十每两周": 50,
    "500 per fortnight": 500,
    "500 a fortnight": 500,
    "300 fortnightly": 300,
    "500 every two weeks": 500,
    "500 every 2 weeks": 500,
    "I can do 500 every other week": 500,
    "500 every second week": 500,
    "500 biweekly": 500,
    "bi-weekly 500": 500,
    "500/2 weeks": 500,
    "每两周500": 500,
    "每兩週五百": 500,
    "每两个星期三千": 3000,
    "每2周500块": 500,
    "双周500": 500,
    "隔週五百": 500,
    "500元/两周": 500,
}
UNREADABLE = (
    "",
    "no",
    "half of it",
    "all",
    "全部",
    "hm hm",
    "500 pm",
    "call me at 5 pm",
    "400-500",
    "between 400 and 500",
    "200 to 300",
    "two or three hundred",
    "两三百",
    "几百",
    "three fifty",
    "a couple hundred",
    "a few hundred",
    "1万2千",
    "2'500",
    "1w",
    "-500",
    "- 500",
    "a −500",
    # no week and no month
    "10 a day",
    "每天10块",
    "一天一百",
    "5000 a year",
    "每年五千",
    "每季五百",
    "兩個月五百",
    "500 every three weeks",
    "每三周500",
    "两周后500",
    "500 every other month",
    "500 a week or 900 every two weeks",
    "twice a month 500",
    "500 two times a week",
    "每月两次500",
    "half a month 500",
    "半個月一千",
    "500 a week or 2000 a month",
    "500 a week or a month",
)


def test_a_sum_is_read_with_the_pace_that_is_said_or_asked_for() -> None:
    assert {said: read(said) for said in NO_PACE} == {said: (sum_, "month", False) for said, sum_ in NO_PACE.items()}
    assert {said: read(said, "week") for said in NO_PACE} == {
        said: (sum_, "week", False) for said, sum_ in NO_PACE.items()
    }
    assert {said: read(said, "week") for said in BY_MONTH} == {
        said: (sum_, "month", True) for said, sum_ in BY_MONTH.items()
    }
    assert {said: read(said) for said in BY_TWO_WEEKS} == {
        said: (sum_, "2 weeks", True) for said, sum_ in BY_TWO_WEEKS.items()
    }
    assert {said: read(said, "2 weeks") for said in NO_PACE} == {
        said: (sum_, "2 weeks", False) for said, sum_ in NO_PACE.items()
    }
    assert {said: read(said) for said in BY_WEEK} == {said: (sum_, "week", True) for said, sum_ in BY_WEEK.items()}


def test_what_has_no_sum_or_several_or_another_span_is_not_read() -> None:
    assert {said: why for said in UNREADABLE if (why := read(said)) != "unreadable"} == {}


def test_why_a_sum_cannot_be_taken() -> None:
    zero = ("0", "0 a week", "Nothing", "nothing right now", "I have nothing", "none", "zero", "沒有", "沒錢", "零元")
    assert {said: read(said) for said in zero} == dict.fromkeys(zero, "zero")
    other = (
        "HK$500",
        "500 usd",
        "兩千蚊一個月",
        "500日元",
        "SGD 500",
        "500 jpy a week",
        "五百欧元",
        "RM500",
        "50 euros",
        "fifty quid",
    )
    assert {said: read(said) for said in other} == dict.fromkeys(other, "other_currency")
    assert [read(said) for said in ("500.123", "1.500", "500.1234")] == ["decimals"] * 3
    assert read("1.500", "week", "KWD") == (1.5, "week", False)
    assert read("500", "month", "TWD", "USD") == "which_currency"
    assert read("twd 500", "month", "TWD", "USD") == (500, "month", False)
    assert read("500 jpy", "week", "JPY") == (500, "week", False)
    assert read("500.5", "week", "JPY") == "decimals"
    assert read("fifty", "week", "KWD") == (50, "week", False)


def test_a_long_text_is_no_answer() -> None:
    longest = "500" + " " * (MOST_CHARS - 3)
    assert read(longest) == (500, "month", False)
    assert read(longest + " ") == "unreadable"


def test_a_pace_is_said_unless_told_otherwise() -> None:
    assert PutAside(Money(1, "TWD"), "week").is_paced


PIECES = [
    "500",
    "五百",
    "a week",
    "每月",
    "nt$",
    "usd",
    "-",
    " ",
    "or",
    "fifty",
    "两",
    "万",
    "k",
    "0",
    "全部",
    ",",
    ".",
]


@given(st.text(max_size=MOST_CHARS) | st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join))
def test_no_text_is_an_error_and_every_sum_is_more_than_nothing(text: str) -> None:
    said = read(text)
    assert said in ("unreadable", "zero", "decimals", "other_currency") or said[0] > 0  # type: ignore[operator]


@given(st.integers(1, 9_999_999), st.sampled_from(["{:,}", "{}", "nt${:,}", "我能存{}", "about {} TWD"]))
def test_every_plain_sum_is_read(units: int, form: str) -> None:
    assert read(form.format(units)) == (units, "month", False)
    assert read(f"{form.format(units)} a week") == (units, "week", True)
