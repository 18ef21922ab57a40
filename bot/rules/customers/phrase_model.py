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
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from bot.rules.customers.cues.wording import CUE_WORDS
from bot.rules.customers.day_and_sum_marks import DAY, PAST_DAY, SUM, marked
from bot.rules.customers.folded_text import HAN, folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.spelling import Spelling

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


def is_one_word(said: str) -> bool:
    """Whether there is but one English word or two Chinese characters in folded words."""
    latin, han = len(_LATIN.findall(said)), sum(map(len, _HAN.findall(said)))
    return (latin <= 1 and not han) or (not latin and han <= 2)


class _Said:
    """The features of phrases one after the other, by their hashes, with how often each occurs in its phrase; where
    each phrase ends, and the place of its intent."""

    def __init__(self) -> None:
        self.hashes, self.numbers = array("q"), array("H")
        self.ends, self.places = array("l", [0]), array("B")

    def add(self, place: int, counts: Mapping[str, int]) -> None:
        self.hashes.extend(map(hash, counts))
        self.numbers.extend(counts.values())
        self.ends.append(len(self.hashes))
        self.places.append(place)


class PhraseModel:
    """Counted from phrases by intent; `guesses` gives the likeliest first.

    It keeps a megabyte of arrays, in the order of the features' hashes. With the features themselves, and a number for
    each feature and intent, it took 9 MB in each process.
    """

    def __init__(self, phrases: Mapping[Intent, Iterable[str]]) -> None:
        words: set[str] = set(CUE_WORDS)
        self.one_word: set[str] = set()  # the phrases that are no more than that
        said = _Said()
        for intent in phrases:
            for phrase in phrases[intent]:
                sentence = folded(phrase)
                if is_one_word(sentence):
                    self.one_word.add(sentence)
                words.update(_LATIN.findall(sentence))
                said.add(_INTENTS.index(intent), Counter(features(marked(sentence))))
        self._hashes = array("q", sorted(set(said.hashes)))
        row_of = {known: row for row, known in enumerate(self._hashes)}
        rows = array("l", (row_of[known] for known in said.hashes))
        del row_of
        spread = array("l", [0]) * len(self._hashes)
        for row in rows:
            spread[row] += 1
        self._rarity = array("d", (math.log((1 + len(said.places)) / (1 + n)) + 1 for n in spread))
        self._rarest = max(self._rarity, default=1.0)
        self._keep_complements(said, rows)
        self.spelling = Spelling(words)

    def _keep_complements(self, said: _Said, rows: Sequence[int]) -> None:
        """How much each feature speaks for each intent, by how rare it is in all the others together: for an intent
        with which it never occurs, as much as for any other such intent, so that this is kept once."""
        of_row, of_place = array("d", [SMOOTHING]) * len(self._hashes), [0.0] * len(_INTENTS)
        both, places, amounts = array("l"), array("B"), array("d")  # a feature, an intent, and how much they have
        for place, phrases in groupby(range(len(said.places)), said.places.__getitem__):
            sums: defaultdict[int, float] = defaultdict(float)
            for phrase in phrases:
                words = slice(said.ends[phrase], said.ends[phrase + 1])
                weights = _weights([self._rarity[row] for row in rows[words]], said.numbers[words])
                for row, weight in zip(rows[words], weights, strict=True):
                    sums[row] += weight
            for row, amount in sums.items():
                of_row[row] += amount
                of_place[place] += amount
            both.extend(sums)
            places.extend([place] * len(sums))
            amounts.extend(sums.values())
        whole = SMOOTHING * (len(self._hashes) or 1) + sum(of_place)
        self._logs = [math.log(whole - amount) for amount in of_place]
        # Of each feature, the places of the intents with which it occurs, and what it gives them beyond all the others.
        order = sorted(range(len(both)), key=both.__getitem__)
        self._places = array("B", (places[at] for at in order))
        self._gains = array("d", (math.log(of_row[both[at]] / (of_row[both[at]] - amounts[at])) for at in order))
        self._ends = array("l", accumulate((len(list(at)) for _, at in groupby(order, both.__getitem__)), initial=0))

    def guesses(self, sentence: str) -> list[Guess]:
        """All intents, the likeliest first, for a folded sentence with its days and sums marked. Nothing that is known
        in it: all are equally likely."""
        counts = Counter(features(sentence))
        rows = [self._row(feature) for feature in counts]
        weights = _weights([self._rarest if row is None else self._rarity[row] for row in rows], counts.values())
        # What was never seen speaks for nothing, but lengthens: the more of it, the less sure is any guess.
        known = [(row, weight) for row, weight in zip(rows, weights, strict=True) if row is not None]
        of_all = sum(weight for _, weight in known)
        scores = [of_all * log for log in self._logs]
        for row, weight in known:
            for at in range(self._ends[row], self._ends[row + 1]):
                scores[self._places[at]] += weight * self._gains[at]
        top = max(scores)
        odds = [math.exp(SHARPNESS * (score - top)) for score in scores]
        total = sum(odds)
        found = [Guess(intent, odds[place] / total) for place, intent in enumerate(_INTENTS)]
        return sorted(found, key=lambda guess: -guess.chance)

    def _row(self, feature: str) -> int | None:
        """None if it was never seen. That two of them have the same hash is one in a billion."""
        row = bisect_left(self._hashes, hash(feature))
        return row if row < len(self._hashes) and self._hashes[row] == hash(feature) else None


def _weights(rarities: Iterable[float], counts: Iterable[int]) -> list[float]:
    """Of a sentence's features, by how rare each is and how often it occurs there; the sum of their squares is 1."""
    weights = [(1 + math.log(n)) * rarity for rarity, n in zip(rarities, counts, strict=True)]
    length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
    return [weight / length for weight in weights]


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
