"""Questions such as 'what if I pay 500 today' and 今天还500会怎样: what paying a sum would change is asked, nothing is
promised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from bot.rules.customers.folded_text import folded
from bot.rules.customers.promise_parsing import said_promise
from bot.rules.facts.money import Money

_SUM = r"\D{0,6}(?:\d|[一二两三四五六七八九十]+[百千万])"
_SUPPOSED = re.compile(
    r"\b(?:what (?:if|(?:happens|changes|(?:would|will) (?:happen|change)) (?:if|when))"
    r"|how much (?:do|would|will|can|could) i save (?:if|when|by))"
    rf" (?:i )?(?:only |just |first )?(?:pay|paid|payed|paying)\b{_SUM}"
    rf"|(?:还|付|交|缴){_SUM}.{{0,8}}(?:会怎|怎么?样|[少省]多少|呢$)"
)
_AGAIN_AND_AGAIN = re.compile(r"\b(?:a|an|each|every|per) (?:day|week|fortnight|month)\b|每")


def supposes_payment(said: str) -> bool:
    """Whether a folded sentence asks what paying a sum once would change."""
    return _SUPPOSED.search(said) is not None and _AGAIN_AND_AGAIN.search(said) is None


def said_if_paid(text: str, today: date, owed: Mapping[str, Money]) -> Money | None:
    """The sum that is asked about, of the currencies that are `owed`. None where no payment is supposed (why is there a
    fee of 300?), or the sum cannot be read or is more than is owed."""
    if not supposes_payment(folded(text)):
        return None
    amount = said_promise(text, today, owed).amount
    if not amount or amount.currency not in owed or owed[amount.currency] < amount:
        return None
    return amount
