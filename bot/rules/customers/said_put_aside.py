"""What a customer can put aside, in their words: '500', '500 a week', 每月五百, 'NT$1,200.50', full-width digits."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bot.rules.customers.folded_text import folded
from bot.rules.customers.said_sums import named_currencies, said_sum
from bot.rules.customers.text_parsing import NotSaid, normalised, said_amount
from bot.rules.facts.money import Money

MOST_CHARS = 120
_PACE = re.compile(
    r"(?P<week>\b(?:a|per|each|every) week\b|\bweekly\b|/ ?week\b|[每一](?:个|個)?(?:周|週|星期|礼拜|禮拜))"
    r"|(?P<month>\b(?:a|per|each|every) month\b|\bmonthly\b|/ ?month\b|[每一](?:个|個)?月)"
)
_MINUS = re.compile(r"(?<![\d])[-−] ?\d")
_FILLERS = re.compile(
    r"\b(?:i can|i could|maybe|about|around|only|put aside|pay|save)\b|大概|大约|大約|可以|能|我|存|拿出|还|還"
)


@dataclass(frozen=True, slots=True)
class PutAside:
    """A sum each week or month."""

    amount: Money
    every: Literal["week", "month"]
    is_paced: bool = True  # how often was said


def said_put_aside(text: str, currencies: Collection[str], every: Literal["week", "month"]) -> PutAside:
    """The sum, and the pace if one is named (else `every`). `currencies` are those in which something is owed. Raises
    `NotSaid` as `said_amount` does; "unreadable" where there is no sum, or more than one."""
    said = normalised(text[:MOST_CHARS]).casefold()
    paces = {match.lastgroup for match in _PACE.finditer(said)}
    if len(paces) > 1 or _MINUS.search(said):
        raise NotSaid("unreadable")
    pace: Literal["week", "month"] = "week" if paces == {"week"} else "month" if paces == {"month"} else every
    rest = _PACE.sub(" ", said)
    amount = said_sum(folded(rest), currencies)
    if amount is not None:
        return PutAside(amount, pace, bool(paces))
    if named_currencies(folded(rest)) - set(currencies):
        raise NotSaid("other_currency")
    read = said_amount(" ".join(_FILLERS.sub(" ", rest).split()), currencies)
    if read.money is None:
        raise NotSaid("unreadable")
    return PutAside(read.money, pace, bool(paces))
