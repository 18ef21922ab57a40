"""The day on which a customer's pay comes, in their words: 'the 25th', 25号, 'Friday', 周五, 'last working day', 月底.

Nothing is guessed: of two days, and of what is no day ('every 2 weeks', 'the 2nd Friday'), none is read. Of pay that
comes every two weeks the next one is read, by its date: 'Friday' is the coming one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from bot.rules.customers.folded_text import folded
from bot.rules.customers.promise_parsing import said_promise
from bot.rules.customers.sum_parsing import below_hundred
from bot.rules.customers.text_parsing import HAN_WEEKDAYS

MOST_CHARS = 80  # a longer text is no answer
LAST = 31
_NEAR_LAST = frozenset({28, 29, 30})  # the last day of some months

_LAST_DAY = re.compile(
    r"月[底末尾]|最后一个?(?:工作)?[天日]|\beom\b|\bend of (?:the |this |each |every )?month\b|\bmonths?[ -]?end\b"
    r"|\blast (?:(?:calendar |working |business |bank |week)?day|of (?:the|each|every) month)\b"
)
_ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
)
_NAMED = {word: day for day, word in enumerate(_ORDINALS, 1)} | {"thirtieth": 30, "thirty first": 31}
_NAMED |= {f"twenty {word}": day for day, word in enumerate(_ORDINALS[:9], 21)}
_WEEKDAY_NAME = r"(mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*days?|s|r|rs)?"
_HAN_DIGIT = "一二三四五六七八九十"
# What makes a number something else than a day: a sum, a part of another number, a count, a month.
_UNCOUNTED = r"(?<![\d$€£¥周第])(?<!\d[.:])(?<!\$ )"
_COUNTED = (
    r"(?!\d|\.\d|,\d{3}|[:月]| ?(?:[块元圆刀蚊%个天周年点次万千百成]"
    r"|(?:times?|days?|weeks?|months?|hours?|years?|dollars|bucks|percent)\b)|[a-z])"
)
# What a number in order may be of, other than of a month: the 2nd Friday.
_OTHER = rf"(?! (?:half|week|working|business|bank|{_WEEKDAY_NAME.replace('(mon', '(?:mon')}\b))(?![a-z])"
_WORDS = "|".join(sorted(_NAMED, key=len, reverse=True)).replace(" ", "[ -]")
_DAY = re.compile(
    rf"{_UNCOUNTED}(?<!\d,)(?P<ordinal>\d{{1,2}}) ?(?:st|nd|rd|th)\b{_OTHER}"
    rf"|{_UNCOUNTED}(?P<day>\d{{1,2}})(?! ?(?:st|nd|rd|th)\b)[号日]?+{_COUNTED}"
    rf"|\b(?P<word>{_WORDS})\b{_OTHER}"
    rf"|(?<![周第百几后{_HAN_DIGIT}])(?P<han>[{_HAN_DIGIT}]{{1,4}})[号日]"
    # without 号 only where it can be nothing else
    rf"|(?<![周第百几{_HAN_DIGIT}])(?P<bare>[二三]?十[{_HAN_DIGIT}]?)(?=$|\W|发|领|到|左右|前后)"
)
_WEEKDAY = re.compile(rf"\b{_WEEKDAY_NAME}\b|[周拜](?:([一二三四五六日天]+)|([1-7])(?!\d))")
_EVERY = re.compile(r"\b(?:each|every|other|second|not|except)\b|[每隔双]")  # not which of two
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def said_payday(text: str, every: Literal["week", "month"]) -> int | None:
    """The day of the week (Monday is 0) or of the month (31: the last) that is meant; None if none, or several, can
    be."""
    if len(text) > MOST_CHARS:
        return None
    said = folded(text)
    days = set(_weekdays(said)) if every == "week" else _days(said)
    return days.pop() if len(days) == 1 else None


def said_next_payday(text: str, today: date) -> date | None:
    """The next payday, within two weeks from today; None if none, or several, can be meant."""
    if len(text) > MOST_CHARS or _EVERY.search(folded(text)):
        return None
    days = said_promise(text, today, ()).days
    return days[0] if len(days) == 1 and today < days[0] <= today + timedelta(weeks=2) else None


def _weekdays(said: str) -> Iterator[int]:
    for match in _WEEKDAY.finditer(said):
        name, han, number = match.groups()
        if name:
            yield _NAMES.index(name)
        elif han:
            yield from (HAN_WEEKDAYS[sign] for sign in han)
        else:
            yield int(number) - 1


def _days(said: str) -> set[int]:
    days = {_day(match) for match in _DAY.finditer(said)}
    if _LAST_DAY.search(said):
        days.add(LAST)
    if LAST in days:
        days -= _NEAR_LAST
    return days if all(1 <= day <= LAST for day in days) else set()


def _day(match: re.Match[str]) -> int:
    if match["word"]:
        return _NAMED[match["word"].replace("-", " ")]
    return below_hundred(match["ordinal"] or match["day"] or match["han"] or match["bare"])
