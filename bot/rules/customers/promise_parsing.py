"""The days and the sum of a promise in a customer's own sentence: 'I can pay 500 on Friday', '周五还500', '月底还五百'.

Nothing is guessed: what can be read in two ways gives two days, and the customer chooses. Times, periods and counts
('in parts', 'three months') are no sums. The text is read in its folded form, so each thing is written once for both
Chinese scripts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.customers.folded_text import folded
from bot.rules.customers.sum_parsing import below_hundred, said_sum
from bot.rules.customers.text_parsing import HAN_WEEKDAYS
from bot.rules.facts.money import Money

MOST_CHARS = 500  # nobody needs more for a promise
MOST_DAYS = 4  # candidates

_WEEKDAY = "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5}
_COUNTS |= {"six": 6, "seven": 7, "ten": 10}
_WEEKDAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_WEEKDAYS |= HAN_WEEKDAYS
_A_DAY = timedelta(days=1)
_COUNT = "|".join(sorted(_COUNTS, key=len, reverse=True)) + r"|\d{1,2}"
_HAN_COUNT = r"[一两二三四五六七八九十]{1,3}|\d{1,2}"
_HAN_WEEK = "(?:周|星期|礼拜)"

_FEASTS = {  # those that are on the same day each year
    r"\b(?:christmas|xmas)\ eve\b|平安夜": (12, 24),
    r"\b(?:christmas|xmas)(?:\ day)?\b|圣诞节?(?!夜)": (12, 25),
    r"\bnew\ year(?:'?s|\ is)?\ eve\b": (12, 31),
    r"\bnew\ year(?:'?s|\ is)?\ day\b|元旦": (1, 1),
    "劳动节|五一节": (5, 1),
    "国庆节?": (10, 1),
}
_FEAST = "|".join(_FEASTS)

_DAY = re.compile(
    rf"""
    (?P<iso>\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}})
    |(?P<after_tomorrow>\b(?:the\ )?day\ after\ tomorrow\b|(?<!大)后天)
    |(?P<in_three>大后天)
    |(?P<today>\b(?:today|tonight)\b|今[天晚日])
    |(?P<tomorrow>\btomorrow\b|明[天晚日早])
    |\b(?:(?:a|one)\ )?week\ (?:from|on|after)\ (?P<week_from>today|tomorrow|{_WEEKDAY})\b
    |\b(?P<and_a_week>today|tomorrow|{_WEEKDAY})\ week\b
    |\b(?:in|within|after)\ a\ (?P<fortnight>fortnight)\b
    |\b(?:in|within|after|another|(?:give\ me|need)(?:\ another)?)
      \ (?P<in_count>{_COUNT})\ (?:more\ )?(?P<in_unit>days?|weeks?)\b
    |\b(?P<later_count>{_COUNT})\ (?P<later_unit>days?|weeks?)\ (?:later|from\ (?:now|today))\b
    |(?:过|再过)?(?P<han_count>{_HAN_COUNT})(?P<han_unit>天|个?(?:星期|礼拜|周))(?:之?后|以后|之?内|以内)
    |(?:再?过|再?等|给我|再给)(?P<han_more>{_HAN_COUNT})(?P<han_more_unit>天|个?(?:星期|礼拜|周))
    |\b(?:(?P<which>this|next|coming)\ )?(?P<weekday>{_WEEKDAY})\b
    |(?P<han_which>下下个?|下个?|这个?|本)?{_HAN_WEEK}(?P<han_weekday>[一二三四五六日天])(?!个)
    |(?P<weekend>\bweekend\b|周末)
    |(?P<week_end>\bend\ of\ (?:the|this)\ week\b)
    |(?P<next_week_end>\bend\ of\ next\ week\b)
    |(?P<feast>{_FEAST})
    |(?P<month_end>\b(?:end\ of\ (?:the\ |this\ )?month|month\ end)\b|(?<!下个)(?<!下)(?:这个|本)?月[底末])
    |(?P<next_month_end>\bend\ of\ next\ month\b|下个?月[底末])
    |\b(?:(?P<month_first>{_MONTH})\ (?:the\ )?(?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?
      |(?:the\ )?(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<month_after>{_MONTH}))\b
    |(?P<han_month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})月(?P<han_month_day>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[号日]?
    |(?P<han_next_month>下个?月)?(?<!两)(?P<han_day>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[号日]
    |\b(?P<ordinal>\d{{1,2}})(?:st|nd|rd|th)\b
    |(?<![\d/.])(?P<slash_a>\d{{1,2}})/(?P<slash_b>\d{{1,2}})(?![\d/])
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SaidPromise:
    """The days that can be meant, earliest first, and the sum; `named` is whether a day was named at all, one that is
    past or does not exist included."""

    days: tuple[date, ...] = ()
    amount: Money | None = None
    named: bool = False


def said_promise(text: str, today: date, currencies: Collection[str]) -> SaidPromise:
    """What is promised in a sentence. `currencies` are those in which something is owed: a sum without a currency is in
    the only one."""
    said = folded(text[:MOST_CHARS])
    found = list(_DAY.finditer(said))
    days = sorted({day for match in found for day in _days(match, today) if day >= today})
    return SaidPromise(tuple(days[:MOST_DAYS]), said_sum(_DAY.sub(" , ", said), currencies), bool(found))


def _days(match: re.Match[str], today: date) -> Iterator[date]:
    """The days that one expression can mean; none where there is no such day."""
    kind, value = match.lastgroup, match.groupdict("")
    ahead = {"today": 0, "tomorrow": 1, "after_tomorrow": 2, "in_three": 3}
    if kind in ahead:
        yield today + timedelta(days=ahead[kind])
    elif value["iso"]:
        yield from _date(*(int(part) for part in re.split("[-/.]", value["iso"])))
    elif value["fortnight"]:
        yield today + _span(2, weeks=True)
    elif base := value["week_from"] or value["and_a_week"]:
        ahead_of = ahead[base] if base in ahead else (_WEEKDAYS[base[:3]] - today.weekday()) % 7
        yield today + timedelta(days=ahead_of + 7)
    elif counted := value["in_count"] or value["later_count"]:
        unit = value["in_unit"] or value["later_unit"]
        yield today + _span(_COUNTS.get(counted) or below_hundred(counted), unit[:4] == "week")
    elif counted := value["han_count"] or value["han_more"]:
        if count := below_hundred(counted):
            yield today + _span(count, (value["han_unit"] or value["han_more_unit"]) != "天")
    elif weekday := value["weekday"] or value["han_weekday"]:
        yield from _weekdays(_WEEKDAYS[weekday[:3]], value, today)
    elif kind in ("weekend", "week_end"):
        first = 5 if kind == "weekend" else 4
        yield from (today + timedelta(days=(day - today.weekday()) % 7) for day in (first, 6))
    elif kind == "next_week_end":
        monday = today + timedelta(days=7 - today.weekday())
        yield from (monday + timedelta(days=day) for day in (4, 6))
    elif value["feast"]:
        month, day = next(found for feast, found in _FEASTS.items() if re.fullmatch(feast, value["feast"]))
        yield date(today.year + (date(today.year, month, day) < today), month, day)
    elif kind in ("month_end", "next_month_end"):
        yield _last_of(today if kind == "month_end" else _next_month(today))
    else:
        yield from _of_month(value, today)


def _span(count: int, weeks: bool) -> timedelta:
    return timedelta(days=count * (7 if weeks else 1))


def _weekdays(number: int, value: Mapping[str, str], today: date) -> Iterator[date]:
    """Monday is 0. A weekday may be today's: then today and that in a week. English 'next Friday' is the coming one to
    some, that of next week to others; Chinese 下周五 is that of next week."""
    monday = today - timedelta(days=today.weekday())
    coming = today + timedelta(days=(number - today.weekday()) % 7)
    which = value["han_which"].removesuffix("个") or value["which"]
    if which in ("下", "下下"):
        yield monday + timedelta(days=7 * len(which) + number)
    elif which == "next":
        of_next_week = monday + timedelta(days=7 + number)
        yield of_next_week
        if coming > today:
            yield coming
    elif which in ("", "coming") and coming == today:
        yield today + timedelta(days=7)
        if not which:
            yield today
    else:
        yield coming


def _of_month(value: Mapping[str, str], today: date) -> Iterator[date]:
    """A day of a month. Without the month it is the next such day; if this month is too short for it, its last day may
    be meant as well as the next month that has it."""
    month = value["month_first"] or value["month_after"]
    if month:
        day = below_hundred(value["day_after"] or value["day_first"])
        yield from _coming(_MONTHS.index(month[:3]) + 1, day, today)
    elif value["han_month"]:
        yield from _coming(below_hundred(value["han_month"]), below_hundred(value["han_month_day"]), today)
    elif value["slash_a"]:
        first, second = below_hundred(value["slash_a"]), below_hundred(value["slash_b"])
        yield from _coming(first, second, today)
        yield from _coming(second, first, today)
    elif value["han_next_month"]:
        following = _next_month(today)
        yield from _date(following.year, following.month, below_hundred(value["han_day"]))
    else:
        yield from _next_such_day(below_hundred(value["ordinal"] or value["han_day"]), today)


def _next_such_day(day: int, today: date) -> Iterator[date]:
    if not 1 <= day <= 31:
        return
    month = today
    if day < today.day:
        month = _next_month(today)
    if monthrange(month.year, month.month)[1] < day:
        yield _last_of(month)
        month = _next_month(month)
    yield from _date(month.year, month.month, day)


def _coming(month: int, day: int, today: date) -> Iterator[date]:
    """That day of this year, or of the next where this year's is more than half a year back."""
    for found in _date(today.year, month, day):
        yield from _date(today.year + 1, month, day) if today - found > timedelta(days=183) else (found,)


def _date(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return  # there is no such day


def _next_month(day: date) -> date:
    return _last_of(day) + _A_DAY


def _last_of(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
