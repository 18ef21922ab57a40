"""The sum in a customer's own sentence: 500, 1,200.50, 1.5k, NT$500, 五百, 两千三, five hundred.

Where there are several, or the currency is not clear, none is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from decimal import Decimal

from bot.rules.facts.money import Money, NotMoney, parse_money

HAN_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE = frozenset("百千万")
_SCALES = {"k": 1000, "百": 100, "千": 1000, "万": 10_000}
_ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_NAMES = {
    "nt$": "TWD",
    "ntd": "TWD",
    "twd": "TWD",
    "台币": "TWD",
    "hk$": "HKD",
    "hkd": "HKD",
    "港币": "HKD",
    "港元": "HKD",
    "蚊": "HKD",
    "us$": "USD",
    "usd": "USD",
    "美元": "USD",
    "rmb": "CNY",
    "cny": "CNY",
    "人民币": "CNY",
    "€": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "gbp": "GBP",
}
_NAME = "|".join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))
# What makes a number something else than a sum: a count, a time, a share, or a part of a longer number.
_COUNTED = (
    r"(?!\d|[.,]\d| ?(?:%|times|months?|weeks?|days?|hours?|parts?|instal|payments?|people|pm|am|o'?clock"
    r"|期|次|个|天|周|月|点|号|日|年|成|折|人|笔|:))"
)
_DIGITS = rf"(?P<digits>\d[\d,]{{0,15}}(?:\.\d{{1,3}})?)(?P<scale>k\b|千|百|万)?{_COUNTED} ?(?P<after>{_NAME})?"
_HAN = rf"(?P<han>[一二两三四五六七八九十百千万零]{{1,9}})(?P<unit>块|元|圆|刀)?(?P<han_after>{_NAME})?{_COUNTED}"
_ENGLISH = (
    rf"\b(?P<words>(?:(?:{'|'.join(_WORDS)}|hundred|thousand|a hundred|a thousand|and)[ -]?){{1,8}})"
    r"(?P<dollars>dollars|bucks)?"
)
_SUM = re.compile(rf"(?:(?P<before>{_NAME}|[$¥]) ?)?{_DIGITS}|{_HAN}|{_ENGLISH}")


def said_sum(said: str, currencies: Collection[str]) -> Money | None:
    """The only sum in a folded sentence (without its days), in a currency that is owed; None if there is none, or more
    than one."""
    found = set(_sums(said))
    if len(found) != 1:
        return None
    amount, name = found.pop()
    currency = _NAMES[name] if name in _NAMES else next(iter(currencies)) if len(currencies) == 1 else None
    if currency is None or currency not in currencies:
        return None
    try:
        money = parse_money(f"{amount.normalize():f}", currency)
    except NotMoney:
        return None
    return money if money.amount > 0 else None


def named_currencies(said: str) -> set[str]:
    """The currencies that a folded sentence names by their signs or codes."""
    return {_NAMES[name] for name in re.findall(_NAME, said)}


def _sums(said: str) -> Iterator[tuple[Decimal, str | None]]:
    """Each sum, and the name of its currency if it has one."""
    for match in _SUM.finditer(said):
        if match["digits"]:
            scale = _SCALES.get(match["scale"], 1)
            yield Decimal(match["digits"].replace(",", "")) * scale, match["before"] or match["after"]
        elif match["han"]:
            if match["unit"] or match["han_after"] or _LARGE.intersection(match["han"]):
                yield Decimal(_han(match["han"])), match["han_after"]
        elif match["dollars"] or "hundred" in match["words"] or "thousand" in match["words"]:
            yield Decimal(_english(match["words"])), None


def _han(text: str) -> int:
    """两千三 is 2300, 一百零五 is 105, 十五 is 15."""
    total = section = digit = 0
    unit = 1  # of a last digit without its own: a tenth of the unit before, but 1 after 零
    for sign in text:
        if sign in HAN_DIGITS:
            digit = HAN_DIGITS[sign]
            unit = unit if digit else 1
        elif sign == "万":
            total, section, digit, unit = (section + digit) * 10_000, 0, 0, 1000
        else:
            section, digit, unit = section + (digit or 1) * _HAN_UNITS[sign], 0, _HAN_UNITS[sign] // 10
    return total + section + digit * unit


def _english(text: str) -> int:
    """'one thousand two hundred and fifty' is 1250."""
    total = section = 0
    for word in re.split("[ -]+", text.strip()):
        if word == "thousand":
            total, section = total + max(section, 1) * 1000, 0
        elif word == "hundred":
            section = max(section, 1) * 100
        else:
            section += _WORDS.get(word, 0)
    return total + section
