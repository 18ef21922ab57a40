"""The sum in a customer's own sentence: 500, 1,200.50, 1.5k, NT$500, 五百, 两千三, five hundred.

Where there are several, or the currency is not clear, none is read; nor what is no exact number: 几百, 两三百, two or
three hundred.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from decimal import Decimal

from bot.rules.customers.text_parsing import is_with_a_point_for_thousands
from bot.rules.facts.money import Money, NotMoney, parse_money

HAN_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS_OF, _ONES_OF = HAN_DIGITS | {"": 1}, HAN_DIGITS | {"": 0}
_HAN_NUMBERS = HAN_DIGITS | {
    f"{tens}十{ones}": 10 * _TENS_OF[tens] + _ONES_OF[ones] for tens in _TENS_OF for ones in _ONES_OF
}
_LARGE = frozenset("百千万")
_SCALES = {"k": 1000, "hundred": 100, "thousand": 1000, "百": 100, "千": 1000, "万": 10_000}
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
    "台币": "TWD",
    "hk$": "HKD",
    "港币": "HKD",
    "港元": "HKD",
    "蚊": "HKD",
    "us$": "USD",
    "美元": "USD",
    "美金": "USD",
    "rmb": "CNY",
    "人民币": "CNY",
    "€": "EUR",
    "欧元": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "英镑": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "日元": "JPY",
    "日圆": "JPY",
    "円": "JPY",
    "yen": "JPY",
    "yuan": "CNY",
    "韩元": "KRW",
    "s$": "SGD",
    "新币": "SGD",
    "rm": "MYR",
    "马币": "MYR",
    "泰铢": "THB",
    "澳元": "AUD",
    "加元": "CAD",
}
_CODES = (  # not those that are words: all, try, top
    "aed ars aud bdt bhd brl cad chf clp cny czk dkk egp eur gbp ghs hkd huf idr ils inr jod jpy kes krw kwd lkr mop"
    " mxn myr ngn nok nzd omr php pkr pln qar rub sar sek sgd thb twd uah usd vnd zar"
)
_NAMES |= {code: code.upper() for code in _CODES.split()}
_NAME = rf"(?<![a-z])(?:{'|'.join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))})(?![a-z])"
# What makes a number something else than a sum: a count, a time, a share, or a part of a longer number.
_COUNTED = (
    r"(?!\d|[.,]\d|[a-z]\b| ?(?:%|times|months?|weeks?|days?|hours?|parts?|instal|payments?|people|pm|am|o'?clock"
    r"|期|次|个|天|周|月|点|号|日(?![元圆])|年|成|折|人|笔|:))"
)
_DIGITS = (
    r"(?<![\d百千万])(?<!\d[.,])(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,3})?)"
    r"(?: ?(?P<scale>k\b|hundred\b|thousand\b|(?:千|百|万)(?:(?P<tenths>[1-9])(?![百千万]))?))?+"
    rf"{_COUNTED} ?(?P<after>{_NAME})?"
)
_HAN_NUMBER = "一二两三四五六七八九十百千万零"
_HAN = (
    rf"(?<![\d几数{_HAN_NUMBER}])(?P<han>[{_HAN_NUMBER}]{{1,15}}+)(?P<unit>块|元|圆|刀)?+{_COUNTED}"
    rf"(?P<han_after>{_NAME})?"
)
_WORD = rf"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))}|hundred|thousand|a hundred|a thousand|and)"
_VAGUE = r"couple(?: of)?|few|several|some"
_ENGLISH = (
    rf"\b(?P<either>(?:{_WORD}[ -](?:or|to)|{_VAGUE})[ -])?"
    rf"(?P<words>(?:{_WORD}(?![a-z])[ -]?){{1,12}})(?P<dollars>dollars|bucks)?"
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
        money = parse_money(f"{amount:f}", currency)
    except NotMoney:
        return None
    return money if money.amount > 0 and not is_with_a_point_for_thousands(f"{amount:f}", currency) else None


def named_currencies(said: str) -> set[str]:
    """The currencies that a folded sentence names by their signs or codes."""
    return {_NAMES[name] for name in re.findall(_NAME, said)}


def number_in_words(said: str) -> int | None:
    """A folded text that is a number in words, and nothing else: 'fifty', 'two hundred', 五十."""
    match = _SUM.fullmatch(said)
    if match is None or match["digits"]:
        return None
    return (_han(match["han"]) if match["han"] else 0 if match["either"] else _english(match["words"])) or None


def below_hundred(text: str) -> int:
    """A number below a hundred, in digits or as 三, 十五, 二十, 三十一; 0 where it is none, or not one: 两三 (two or
    three)."""
    return int(text) if text.isdigit() else _HAN_NUMBERS.get(text, 0)


def _sums(said: str) -> Iterator[tuple[Decimal, str | None]]:
    """Each sum, and the name of its currency if it has one; 0 for what is no exact number."""
    for match in _SUM.finditer(said):
        if match["digits"]:
            yield _number(match), match["before"] or match["after"]
        elif match["han"]:
            if match["unit"] or match["han_after"] or _LARGE.intersection(match["han"]):
                yield Decimal(_han(match["han"])), match["han_after"]
        elif match["dollars"] or "hundred" in match["words"] or "thousand" in match["words"]:
            yield Decimal(0 if match["either"] else _english(match["words"])), None


def _number(match: re.Match[str]) -> Decimal:
    """3百5 is 350, 1万2 is 12000."""
    number = Decimal(match["digits"].replace(",", ""))
    if not match["scale"]:
        return number
    scale = _SCALES[match["scale"].rstrip("123456789")]
    return (number * scale + int(match["tenths"] or 0) * scale // 10).normalize()


def _han(text: str) -> int:
    """两千三 is 2300, 一百零五 is 105, 十五 is 15; 0 for what is no number: 两三百, 一百二百."""
    total = section = digit = 0
    room = 10_000  # each unit is smaller than the one before it
    unit = 1  # of a last digit without its own: a tenth of the unit before, but 1 after 零
    for sign in text:
        if sign in HAN_DIGITS:
            if digit:
                return 0
            digit = HAN_DIGITS[sign]
            unit = unit if digit else 1
        elif sign == "万":
            if total:
                return 0
            total, section, digit, unit, room = (section + digit) * 10_000, 0, 0, 1000, 10_000
        elif _HAN_UNITS[sign] >= room:
            return 0
        else:
            room = _HAN_UNITS[sign]
            section, digit, unit = section + (digit or 1) * room, 0, room // 10
    return total + section + digit * unit


def _english(text: str) -> int:
    """'one thousand two hundred and fifty' is 1250; 0 for what is no number, or not one: 'three fifty'."""
    total = section = 0
    room = 100  # what comes next is smaller: after twenty, less than ten
    for word in re.split("[ -]+", text.strip()):
        if word == "thousand":
            if total:
                return 0
            total, section, room = max(section, 1) * 1000, 0, 100
        elif word == "hundred":
            if section >= 100:
                return 0
            section, room = max(section, 1) * 100, 100
        elif number := _WORDS.get(word):
            if number >= room:
                return 0
            section, room = section + number, 10 if number >= 20 else 1
    return total + section
