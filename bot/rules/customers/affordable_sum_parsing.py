"""What a customer can put aside, in their words: '500', '500 a week', 每月五百, 'NT$1,200.50', full-width digits."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bot.rules.customers.folded_text import folded
from bot.rules.customers.sum_parsing import named_currencies, number_in_words, said_sum
from bot.rules.customers.text_parsing import NotSaid, said_amount
from bot.rules.facts.money import Money

Every = Literal["week", "2 weeks", "month"]
_PACES: dict[str, Every] = {"week": "week", "month": "month"}
MOST_CHARS = 120  # a longer text is no answer
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?"
_PACE = re.compile(
    rf"(?P<week>(?:\b(?:a|per|each|every) |/ ?)week\b|/ ?w\b|\bweekly\b|\bwkly\b|(?<![a-z])p[./]?w\b"
    rf"|\b(?:each|every) {_WEEKDAY}\b|[每一按] ?个? ?周|/ ?周|(?<![个下这本上两二双隔\d])周(?=[付供\d]))"
    r"|(?P<month>(?:\b(?:a|per|each|every) |/ ?)(?:month|mth|mo)\b|/ ?m\b|\bmonthly\b|(?<![a-z])(?:pcm|p/m)\b"
    r"|[每一按] ?个? ?月|/ ?月|(?<![个下这本上\d])月(?=[付供\d]))"
)
# biweekly is every two weeks where pay is spoken of
_TWO_WEEKS = re.compile(
    r"\b(?:each|every) (?:other|second|two|2) (?:week|wk)s?\b|(?:\b(?:a|per|each|every) |/ ?)(?:fortnight|2 ?weeks)\b"
    r"|\bfortnightly\b|\b(?:bi|two|2)[ -]?weekly\b|[每按] ?(?:两|二|2) ?个? ?周|/ ?(?:两|二|2) ?个? ?周|每?[隔双] ?周"
)
_OTHER_PACE = re.compile(
    r"\b(?:a|per|each|every) (?:day|year|quarter)\b|/ ?(?:day|year)\b|\bdaily\b|fortnight"
    r"|bi-?monthly|yearly|\bannual|\bhalf a\b|\btwice\b|\b(?:two|three|few|\d+) times a\b"
    r"|\bevery (?:other|second|two|three|few|\d+)\b|[每一]个?[天日年季]|每[三四五六七八九十几3-9]+个?周"
    r"|(?:[二两2]|[隔双])个?[周月]|半个?月|[两二几2-9]次"
)
_MINUS = re.compile(r"(?<![\d])[-−] ?\d")
_FILLERS = re.compile(
    r"\b(?:(?:i|we) (?:can|could|will|would)|maybe|perhaps|probably|about|around|roughly|only|just|up to|at most|do"
    r"|put aside|put away|pay|save|give|or so|each time)\b"
    r"|大概|大约|也许|差不多|左右|最多|只能|可以|能|我|存|拿出来?|给|还|付|供|吧|[每一][期次]"
)
_NONE = re.compile(
    r"(?:i have )?(?:nothing|none|zero|nil)(?: right now| now| at the moment| this month| this week)?|没有?钱?|零元?"
)


@dataclass(frozen=True, slots=True)
class PutAside:
    """A sum each week, two weeks or month."""

    amount: Money
    every: Every
    is_paced: bool = True  # how often was said


def said_put_aside(text: str, currencies: Collection[str], every: Every) -> PutAside:
    """The sum, and the pace if one is named (else `every`). `currencies` are those in which something is owed. Raises
    `NotSaid` as `said_amount` does; "unreadable" where there is no sum, or more than one, or one for each of other
    spans: 10 a day, 500 every three weeks."""
    said, twice = _TWO_WEEKS.subn(" ", folded(text))
    paces = {_PACES[str(match.lastgroup)] for match in _PACE.finditer(said)}
    if twice:
        paces.add("2 weeks")
    if len(text) > MOST_CHARS or len(paces) > 1 or _OTHER_PACE.search(said) or _MINUS.search(said):
        raise NotSaid("unreadable")
    pace = next(iter(paces), every)
    rest = " ".join(_FILLERS.sub(" ", _PACE.sub(" ", said)).split())
    return PutAside(said_sum(rest, currencies) or _whole(rest, currencies), pace, bool(paces))


def _whole(rest: str, currencies: Collection[str]) -> Money:
    """Where nothing but the sum is left, and it is not read in a sentence: 'fifty'; or why it cannot be read."""
    if _NONE.fullmatch(rest):
        raise NotSaid("zero")
    if named_currencies(rest) - set(currencies):
        raise NotSaid("other_currency")
    number = number_in_words(rest)
    read = said_amount(rest if number is None else str(number), currencies)
    if read.money is None:
        raise NotSaid("unreadable")
    return read.money
