"""Which intent a sentence is most like, by the phrases of each: a complement naive Bayes over words and their pieces.

The model is counted, not fitted (Rennie and others, "Tackling the Poor Assumptions of Naive Bayes Text Classifiers",
ICML 2003, complement weights, TF-IDF): a few thousand phrases take a fraction of a second, the same phrases always
give the same answer, and nothing is kept but the phrases. Fitted models of larger libraries did no better on the same
phrases, and install at twenty times the size (docs/decisions.md).
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.rules.customers.cues.wording import CUE_WORDS
from bot.rules.customers.folded_text import HAN, folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.spelling import Spelling
from bot.rules.customers.spoken_time import DAY, PAST_DAY, SUM, marked

READ_CHARS = 300  # of a sentence, from its beginning; what must never be missed is looked for in all of it
SMOOTHING = 0.1
SHARPNESS = 3.0
"""How sure a lead makes: set so that of the guesses with a chance of p about p are right, by cross-validation over the
phrases (`python -m benchmarks understanding`)."""

_LATIN = re.compile(r"[a-z0-9]+")
_HAN = re.compile(f"[{HAN}]+")
_INTENTS = tuple(Intent)


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent and the chance that it is meant, from 0 to 1."""

    intent: Intent
    chance: float


class PhraseModel:
    """Counted from phrases by intent; `guesses` gives the likeliest first.

    All numbers are in arrays, with a row for each feature: as lists of floats they took 30 MB in each process.
    """

    def __init__(self, phrases: Mapping[Intent, Iterable[str]]) -> None:
        self._rows: dict[str, int] = {}
        words: set[str] = set(CUE_WORDS)
        spread = array("l")
        counted: list[tuple[Intent, array[int], array[int]]] = []  # of a phrase: its features' rows, and how often
        for intent in phrases:
            for phrase in phrases[intent]:
                said = folded(phrase)
                words.update(_LATIN.findall(said))
                counts = Counter(features(marked(said)))
                rows = array("l", (self._rows.setdefault(feature, len(self._rows)) for feature in counts))
                spread.extend([0] * (len(self._rows) - len(spread)))
                for row in rows:
                    spread[row] += 1
                counted.append((intent, rows, array("l", counts.values())))
        self._rarity = array("d", (math.log((1 + len(counted)) / (1 + n)) + 1 for n in spread))
        self._rarest = max(self._rarity, default=1.0)
        sums = array("d", bytes(8 * len(_INTENTS) * len(self._rows)))
        for intent, rows, numbers in counted:
            place = _INTENTS.index(intent)
            for row, weight in self._weighed(zip(rows, numbers, strict=True)):
                sums[row * len(_INTENTS) + place] += weight
        self._weights = _complement_weights(sums)
        self.spelling = Spelling(words)

    def guesses(self, sentence: str) -> list[Guess]:
        """All intents, the likeliest first, for a folded sentence with its days and sums marked. Nothing that is known
        in it: all are equally likely."""
        counts = Counter(features(sentence))
        scores = [0.0] * len(_INTENTS)
        for row, weight in self._weighed((self._rows.get(feature), n) for feature, n in counts.items()):
            begins = row * len(_INTENTS)
            scores = [score + weight * self._weights[begins + place] for place, score in enumerate(scores)]
        top = max(scores)
        odds = [math.exp(SHARPNESS * (score - top)) for score in scores]
        total = sum(odds)
        found = [Guess(intent, odds[place] / total) for place, intent in enumerate(_INTENTS)]
        return sorted(found, key=lambda guess: -guess.chance)

    def _weighed(self, counts: Iterable[tuple[int | None, int]]) -> list[tuple[int, float]]:
        """Rows with their weights, for rows (None: never seen) with how often each occurs."""
        weights = [(row, (1 + math.log(n)) * (self._rarest if row is None else self._rarity[row])) for row, n in counts]
        length = math.sqrt(sum(weight * weight for _, weight in weights)) or 1.0
        # What was never seen speaks for nothing, but lengthens: the more of it, the less sure is any guess.
        return [(row, weight / length) for row, weight in weights if row is not None]


def _complement_weights(sums: array[float]) -> array[float]:
    """How much each feature speaks for each intent, by how rare it is in all the others together; `sums` and the
    result have a row of all intents for each feature."""
    wide = len(_INTENTS)
    starts = range(0, len(sums), wide)
    whole = SMOOTHING * (len(starts) or 1) + sum(sums)
    logs = [math.log(whole - sum(sums[place::wide])) for place in range(wide)]
    found = array("d")
    for at in starts:
        of_all = SMOOTHING + sum(sums[at : at + wide])
        found.extend(logs[place] - math.log(of_all - sums[at + place]) for place in range(wide))
    return found


def features(sentence: str) -> list[str]:
    """Words, pairs and threes of words, pieces of four letters; of Chinese, one to four characters in a row."""
    said = sentence[:READ_CHARS]
    found: list[str] = []
    words = _LATIN.findall(said)
    edged = ["^", *words, "$"] if words else []
    for word in words:
        found.append(f"w {word}")
        if len(word) > 3 and word not in (PAST_DAY, DAY, SUM):
            found += [f"p {piece}" for piece in _pieces(f"<{word}>", 4)]
    found += [f"2 {a} {b}" for a, b in pairwise(edged)]
    found += [f"3 {a} {b} {c}" for a, b, c in zip(edged, edged[1:], edged[2:], strict=False)]
    found += [f"s {a} {b}" for a, b in zip(words, words[2:], strict=False)]
    if runs := _HAN.findall(said):
        chinese = f"^{''.join(runs)}$"
        found += [f"h {piece}" for size in (1, 2, 3, 4) for piece in _pieces(chinese, size)]
    return found


def _pieces(text: str, size: int) -> Iterable[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))
