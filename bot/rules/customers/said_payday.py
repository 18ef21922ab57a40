"""The day on which a customer's pay comes, in their words: 'the 25th', 25号, 'Friday', 周五, 'month end', 月底."""

from __future__ import annotations

import re
from typing import Literal

from bot.rules.customers.folded_text import folded
from bot.rules.customers.plain_text import plain

MOST_CHARS = 80
LAST = 31
_END = re.compile(r"月[底末]|最[后後]一[天日]|\b(?:end of (?:the |each |every )?month|month end|last day)\b")
_DAY = re.compile(r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|[号號日])?(?!\d|[.,]\d| ?[块塊元圆%])")
_HAN_DAY = re.compile(r"(?P<han>[一二三四五六七八九十]{1,3})[号號日]")
_WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])")
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def said_payday(text: str, every: Literal["week", "month"]) -> int | None:
    """The day of the week (Monday is 0) or of the month (31: the last) that is meant; None if none, or several, can
    be."""
    said = plain(text[:MOST_CHARS]).casefold()
    said = f"{said} {folded(text[:MOST_CHARS])}"
    days = _weekdays(said) if every == "week" else _days(said)
    return days.pop() if len(days) == 1 else None


def _weekdays(said: str) -> set[int]:
    han = "一二三四五六日"
    return {
        _NAMES.index(match[1]) if match[1] else han.index("日" if match[2] == "天" else match[2])
        for match in _WEEKDAY.finditer(said)
    }


def _days(said: str) -> set[int]:
    if _END.search(said):
        return {LAST}
    days = {int(match["day"]) for match in _DAY.finditer(said)}
    days |= {_number(match["han"]) for match in _HAN_DAY.finditer(said)}
    return days if all(1 <= day <= LAST for day in days) else set()


def _number(text: str) -> int:
    """十五 is 15, 二十 is 20, 三 is 3."""
    tens, ten, ones = text.rpartition("十")
    digits = "一二三四五六七八九"
    if not ten:
        return digits.find(text) + 1 if len(text) == 1 else 0
    return 10 * (digits.find(tens) + 1 if tens else 1) + (digits.find(ones) + 1 if ones else 0)
