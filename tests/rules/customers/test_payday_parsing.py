"""The day on which pay comes, as people write it; what is no day, or two of them, is not read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers.payday_parsing import LAST, MOST_CHARS, said_next_payday, said_payday

OF_MONTH = {
    "the 25th": 25,
    "25": 25,
    "25号": 25,
    "25號": 25,
    "２５號": 25,
    "28日": 28,
    "28 th": 28,
    "The 1st.": 1,
    "Dec 5": 5,
    "12月5号": 5,
    "下个月5号": 5,
    "5th of each month": 5,
    "每个月5号左右": 5,
    "一般10號出糧": 10,
    "我每個月5號領薪水": 5,
    "I get paid on the 10th each month": 10,
    "9am on the 25th": 25,
    "I earn 30 dollars, 5th": 5,
    "5千块，10号": 10,
    "5/5": 5,
    # in words
    "first of the month": 1,
    "the second": 2,
    "the ninth": 9,
    "the fifteenth": 15,
    "nineteenth": 19,
    "twentieth": 20,
    "twenty first": 21,
    "on the twenty-fifth": 25,
    "the twenty-ninth": 29,
    "thirtieth": 30,
    "thirty-first": LAST,
    "一号": 1,
    "十號": 10,
    "二十五号": 25,
    "廿五號": 25,
    "廿號": 20,
    "卅號": 30,
    "三十一号": LAST,
    "每月十五": 15,
    "十五發薪": 15,
    "每月二十左右": 20,
    # the last
    "31": LAST,
    "end of the month": LAST,
    "at the end of each month": LAST,
    "EOM": LAST,
    "month-end": LAST,
    "at month's end": LAST,
    "last day": LAST,
    "last working day": LAST,
    "last business day of the month": LAST,
    "the last of the month": LAST,
    "月底": LAST,
    "月尾": LAST,
    "月末": LAST,
    "每月最後一天": LAST,
    "最後一個工作天": LAST,
    "最後一日": LAST,
    "最后一个工作日": LAST,
    "月底30号": LAST,
    "end of the month, usually the 30th": LAST,
    "28 or the last day": LAST,
    "30/31": LAST,
    "3 days before the end of the month": LAST,  # the money is there by then
}
OF_WEEK = {
    "Friday": 4,
    "fri": 4,
    "FRIDAYS": 4,
    "friday night": 4,
    "every other Friday": 4,
    "I get money every friday": 4,
    "weekly on monday": 0,
    "on mondays mostly": 0,
    "tues": 1,
    "weds": 2,
    "wednsday": 2,
    "thur": 3,
    "thurs": 3,
    "sat": 5,
    "Sunday": 6,
    "周一": 0,
    "周二": 1,
    "星期三下午": 2,
    "禮拜四": 3,
    "週五": 4,
    "每周五": 4,
    "隔週五": 4,
    "逢星期五": 4,
    "拜五": 4,
    "星期5": 4,
    "周1": 0,
    "周六": 5,
    "周日": 6,
    "周天": 6,
    "禮拜天": 6,
}
NO_DAY_OF_MONTH = (
    "15th and 30th",
    "15号和月底",
    "1,15",
    "5、20",
    "5/20",
    "between the 5th and 10th",
    "5-10号",
    "二十五六号",
    "三四号",
    "28 or 29",
    "every other Friday",
    "the 2nd Friday of the month",
    "the first friday",
    "the 2 nd working day",
    "first business day",
    "on the last friday",
    "第2个周五",
    "第二个星期五",
    "每月第1个工作日",
    "the 3rd week",
    "the second half",
    "every 2 weeks",
    "in 2 weeks",
    "every 15 days",
    "2 times a month",
    "twice a month",
    "每月兩次",
    "每2周",
    "2个月一次",
    "5月",
    "周五",
    "周5",
    "星期二",
    "发工资那天",
    "一直没有",
    "月初",
    "mid month",
    "$25",
    "$ 25",
    "nt$25",
    "25k",
    "25,000",
    "2.5",
    "1.5k",
    "30%",
    "25 dollars",
    "五十",
    "几十块",
    "15:30",
    "5pm",
    "0",
    "32",
    "45",
    "the 5th or the 45th",
    "三十二号",
    "satisfied",
    "",
)
NO_DAY_OF_WEEK = (
    "周一到周五",
    "Mon-Fri",
    "Monday and Thursday",
    "周五或周六",
    "禮拜六日",
    "周末",
    "at the end of the month",
    "money",
    "satisfied",
    "5",
    "15th",
    "周15",
    "周8",
    "",
)


def test_a_payday_is_read_as_people_write_it() -> None:
    assert {said: said_payday(said, "month") for said in OF_MONTH} == OF_MONTH
    assert {said: said_payday(said, "week") for said in OF_WEEK} == OF_WEEK


def test_what_is_no_day_or_more_than_one_is_not_read() -> None:
    assert {said: day for said in NO_DAY_OF_MONTH if (day := said_payday(said, "month")) is not None} == {}
    assert {said: day for said in NO_DAY_OF_WEEK if (day := said_payday(said, "week")) is not None} == {}


def test_a_long_text_is_no_answer() -> None:
    longest = "25th" + " " * (MOST_CHARS - 4)
    assert said_payday(longest, "month") == 25
    assert said_payday(longest + " ", "month") is None


HAN = ("", *"一二三四五六七八九")


def in_han(day: int) -> str:
    tens, ones = divmod(day, 10)
    return HAN[ones] if not tens else f"{'' if tens == 1 else HAN[tens]}十{HAN[ones]}"


@pytest.mark.parametrize(
    "form", ["{}", "the {}th", "on {}", "{}号", "每月{}日", "my pay comes on the {}th of the month"]
)
def test_every_day_of_a_month_is_read(form: str) -> None:
    days = range(1, LAST + 1)
    assert [said_payday(form.format(day), "month") for day in days] == [*days]
    assert [said_payday(f"{in_han(day)}號", "month") for day in days] == [*days]


@given(
    st.text(max_size=MOST_CHARS)
    | st.lists(st.sampled_from(["5", "25th", "周", "五", "月底", "fri", "十", "$", " ", "."])).map("".join)
)
def test_no_text_is_an_error_and_every_day_exists(text: str) -> None:
    assert said_payday(text, "month") in {None, *range(1, LAST + 1)}
    assert said_payday(text, "week") in {None, *range(7)}


MONDAY = date(2026, 3, 2)
NEXT = {
    "Friday": 6,
    "this Friday": 6,
    "tomorrow": 3,
    "in 3 days": 5,
    "the 6th": 6,
    "March 13": 13,
    "2026-03-16": 16,
    "in two weeks": 16,
    "周五": 6,
    "下週五": 13,
    "6号": 6,
    "三月十三號": 13,
    "明天": 3,
}
NO_NEXT = (
    "every other Friday",  # which of two
    "each Friday",
    "隔周五",
    "每两周的周五",
    "next Friday",  # this one, or that of next week
    "Monday",  # today's pay is none to come, and the next is in a week or in two
    "the 17th",  # later than the next one can be
    "yesterday",
    "today",
    "6 March or 13 March",
    "not on Friday",
    "",
    "5000",
    "Friday " * 40,
)


def test_the_next_payday_of_those_every_two_weeks_is_read_by_its_date() -> None:
    assert {said: said_next_payday(said, MONDAY) for said in NEXT} == {
        said: date(2026, 3, day) for said, day in NEXT.items()
    }


def test_a_long_text_is_no_next_payday() -> None:
    longest = "Friday" + " " * (MOST_CHARS - 6)
    assert said_next_payday(longest, MONDAY) == date(2026, 3, 6)
    assert said_next_payday(longest + " ", MONDAY) is None


def test_which_of_two_paydays_is_not_guessed() -> None:
    assert {said: day for said in NO_NEXT if (day := said_next_payday(said, MONDAY))} == {}
