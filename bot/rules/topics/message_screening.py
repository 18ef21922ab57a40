"""Message screening: what an agent is about to send is checked before it leaves for what no message to a customer may
do. That is to threaten, to mention that others will be brought in, to set a deadline that does not exist, and to name a
sum that is not owed today or another customer's id. A finding is a question to the agent, not a verdict. The time that
a check takes is bounded, and grows with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.rules.customers.folded_text import folded
from bot.rules.facts.money import Money

Kind = Literal["threat", "third_party", "false_deadline", "sum", "other_customer"]
BY_WORDS: tuple[Kind, ...] = ("threat", "third_party", "false_deadline")
KINDS: tuple[Kind, ...] = (*BY_WORDS, "sum", "other_customer")
MOST_CHARS = 4096  # a Telegram message has no more
MOST_FOUND = 5
MOST_IDS = 50

_NUMBER = r"[0-9]{1,12}(?:,[0-9]{3}){0,4}(?:\.[0-9]{1,2})?"
_CURRENCY = r"(?:nt\$|hk\$|us\$|s\$|rm|[$¥￥€£]|twd|cny|rmb|usd|hkd|sgd|ntd)"
_AFTER = r"(?:元|块|圆|twd|cny|rmb|usd|hkd|sgd|ntd|dollars|yuan)"
_SUM = re.compile(rf"{_CURRENCY}\s?({_NUMBER})|({_NUMBER})\s?{_AFTER}")
# Words by which a sum is said to be owed, so many characters around it.
_OWED = re.compile(r"\bowe|\bdue\b|overdue|outstanding|balance|欠|应还|待还|应缴|待缴|逾期|未还|未缴|总额")
_NEAR = 30
_ID = re.compile(r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{2,60}(?![A-Za-z0-9_-])")
_NO_ID = re.compile(r"[0-9]{1,4}|[0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2})?|[0-9]{1,2}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, as it is written in the text, folded."""

    kind: Kind
    said: str


@dataclass(frozen=True, slots=True)
class ForbiddenPhrases:
    """The phrases of each kind, as `flat` gives them."""

    phrases: tuple[tuple[Kind, tuple[str, ...]], ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(len(phrases) for _, phrases in self.phrases)


def look_at(text: str, words: ForbiddenPhrases, sums: Collection[Money]) -> tuple[Found, ...]:
    """What is found in a text by its words and sums; `sums` are all that may be named today. A sum is found where it is
    said to be owed and is none of these, or is more than all of them."""
    said = flat(text[:MOST_CHARS])
    found = [Found(kind, phrase) for kind, phrases in words.phrases for phrase in phrases if _says(said, phrase)]
    return (*_apart(found)[:MOST_FOUND], *_untrue(said, sums)[:MOST_FOUND])


def perhaps_ids(text: str) -> Sequence[str]:
    """The words of a text that may be a customer's id: with a digit in it, and neither a small number nor a day."""
    words = dict.fromkeys(found[0] for found in _ID.finditer(text[:MOST_CHARS]))
    return [word for word in words if not _NO_ID.fullmatch(word)][:MOST_IDS]


def flat(text: str) -> str:
    """A text as it is compared: folded, with single spaces."""
    return " ".join(folded(text).split())


def _says(said: str, phrase: str) -> bool:
    """Whether it has the phrase; a phrase in letters as whole words."""
    start = said.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        before, after = said[start - 1 : start], said[end : end + 1]
        whole = not (_joins(before, phrase[0]) or _joins(phrase[-1], after))
        if whole:
            return True
        start = said.find(phrase, start + 1)
    return False


def _joins(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def _apart(found: Sequence[Found]) -> list[Found]:
    """Without what is a part of something longer of the same kind."""
    return [
        one
        for one in found
        if not any(other.kind == one.kind and other.said != one.said and one.said in other.said for other in found)
    ]


def _untrue(said: str, sums: Collection[Money]) -> list[Found]:
    true = {money.to_decimal() for money in sums}
    most = max(true, default=Decimal(0))
    untrue: dict[str, None] = {}
    for found in _SUM.finditer(said):
        amount = Decimal((found[1] or found[2]).replace(",", ""))
        near = said[max(0, found.start() - _NEAR) : found.end() + _NEAR]
        if amount not in true and (amount > most or _OWED.search(near) is not None):
            untrue[found[0]] = None
    return [Found("sum", said) for said in untrue]
