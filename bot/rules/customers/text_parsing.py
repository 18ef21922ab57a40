"""Parses days, times and amounts as people write them, in English or Chinese: the arguments of an agent's commands.

Nothing is guessed: what has two readings is not read, and the caller says what is possible.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.rules.customers.plain_text import plain
from bot.rules.facts.money import Money, NotMoney, minor_digits, parse_money

MOST_CHARS = 300  # nobody needs more for a day and an amount
MONTHS_BACK = timedelta(days=62)  # a day and month further back than this mean next year

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HAN_WEEKDAYS = {sign: number for number, sign in enumerate("一二三四五六日")} | {"天": 6}
_SHORTER = {"tues": 1, "thur": 3, "thurs": 3}
_CHINESE_WEEKDAY = re.compile(r"(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])")
_AHEAD = {"today": 0, "今天": 0, "今日": 0, "tomorrow": 1, "明天": 1, "明日": 1, "后天": 2, "後天": 2}
_FULL_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_DAY_OF_MONTH = re.compile(r"(\d{1,2})[-月](\d{1,2})[日号號]?", re.ASCII)
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_IN_DAYS = re.compile(r"(\d{1,3})(?:d|days?|天[后後]?)", re.ASCII)  # 3日 is a day of the month to some

_TAKEN_BACK = frozenset({"cancel", "off", "0", "取消"})
_ALL = frozenset({"all", "everything", "全部", "全额", "全額"})
_CODE = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_UNITS = "元圆圓块塊"


@dataclass(frozen=True, slots=True)
class SaidAmount:
    """An amount as given: `money`, or None for everything that is to be paid; `currency` if one was named."""

    money: Money | None
    currency: str | None


class NotSaid(ValueError):
    """No amount can be read. `why` is unreadable, decimals (more than the currency has), zero, which_currency (it has
    to be named) or other_currency (nothing is owed in the named one)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def normalised(text: str) -> str:
    """Full-width digits, letters and signs as plain ones, one space between words. Empty if the text is longer than
    `MOST_CHARS`."""
    return " ".join(plain(text).split()) if len(text) <= MOST_CHARS else ""


def is_taken_back(words: str) -> bool:
    """Whether these words cancel what was set before."""
    return normalised(words).casefold() in _TAKEN_BACK


def said_day(text: str, today: date) -> date | None:
    """The day that is meant: 2026-03-05, 03-05 (the next one), tomorrow, 明天, Friday, 周五 (the next one, but never
    today), 3d, 3天 (in three days). None if no day can be read, or there is no such day."""
    word = normalised(text).casefold()
    if word in _AHEAD:
        return today + timedelta(days=_AHEAD[word])
    if found := _IN_DAYS.fullmatch(word):
        return today + timedelta(days=int(found[1]))
    weekday = weekday_of(word)
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if found := _FULL_DATE.fullmatch(word):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_OF_MONTH.fullmatch(word):
        return _coming(int(found[1]), int(found[2]), today)
    return None


def said_time(text: str) -> time | None:
    """The time of a day that is meant: 9:00, 14:30, ９：００. None if it cannot be read, or there is no such time."""
    found = _TIME.fullmatch(normalised(text))
    return time(int(found[1]), int(found[2])) if found else None


def said_days(text: str) -> int | None:
    """How many days are meant: 14, 14d, 14天. None if it cannot be read."""
    found = re.fullmatch(r"(\d{1,3})(?:d|days?|天)?", normalised(text).casefold(), re.ASCII)
    return int(found[1]) if found else None


def said_amount(text: str, currencies: Collection[str]) -> SaidAmount:
    """The amount that is meant: "500", "1,200.50", "TWD 500", "500 元", "all", "全部". `currencies` are those in which
    something is owed; if there are several, it has to be named. Raises `NotSaid`."""
    words = normalised(text).upper().replace("NT$", "TWD ").split()
    named = [word for word in words if _CODE.fullmatch(word) and word.casefold() not in _ALL]
    rest = "".join(word for word in words if word not in named).rstrip(_UNITS)
    if len(named) > 1 or not rest:
        raise NotSaid("unreadable")
    everything = rest.casefold() in _ALL
    if not everything and not _NUMBER.fullmatch(rest):
        raise NotSaid("unreadable")
    currency = _currency(named, currencies)
    if everything:
        return SaidAmount(None, currency)
    if is_with_a_point_for_thousands(rest, currency):
        raise NotSaid("decimals")
    try:
        money = parse_money(rest.replace(",", ""), currency)
    except NotMoney as error:
        raise NotSaid("decimals" if "decimal places" in str(error) else "unreadable") from error
    if not money:
        raise NotSaid("zero")
    return SaidAmount(money, currency)


def is_with_a_point_for_thousands(number: str, currency: str) -> bool:
    """Whether three decimals are more than the currency has: "1.500" may be one and a half thousand."""
    return len(number.partition(".")[2]) == 3 > minor_digits(currency)


def _currency(named: list[str], currencies: Collection[str]) -> str:
    if named and named[0] not in currencies:
        raise NotSaid("other_currency")
    if named:
        return named[0]
    if len(currencies) != 1:
        raise NotSaid("which_currency")
    return next(iter(currencies))


def weekday_of(word: str) -> int | None:
    """The day of the week that a word in lower case names (mon, monday, 周一), from Monday 0; None if it names none."""
    if found := _CHINESE_WEEKDAY.fullmatch(word):
        return HAN_WEEKDAYS[found[1]]
    if word in _SHORTER:
        return _SHORTER[word]
    return next((n for n, name in enumerate(_WEEKDAYS) if word in (name, name[:3])), None)


def _coming(month: int, day: int, today: date) -> date | None:
    """That day of this year, or of the next if it is far back. A day that has just passed stays in this year, so that a
    typing error is reported."""
    found = _date(today.year, month, day)
    if found is None or found < today - MONTHS_BACK:
        return _date(today.year + 1, month, day) or found
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
