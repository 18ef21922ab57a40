"""The strength of a secret that a person chose: estimates the bits needed to guess it.

People choose words, years and repetitions, which are easier to guess than their length suggests. A secret made by a
program loses little here. There is no word list, so an unusual phrase is rated slightly too high.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from math import log2

LEAST_LENGTH = 24
LEAST_BITS = 56.0

_WORD_BITS = 12.0  # one of 4,096 words
_WORD_LETTERS = 5  # so many letters in a row count as one word
_LETTER_BITS, _DIGIT_BITS, _SIGN_BITS, _KNOWN_BITS = 4.7, 3.3, 3.0, 2.0
_KNOWN = (
    *("telegram", "webhook", "duebot", "secret", "password", "passwort", "token", "wallet", "production", "default"),
    *("changeme", "change", "example", "letmein", "welcome", "admin", "test", "events", "event", "api", "key", "bot"),
)
# Phrases that many people choose; characters between their words do not count.
_PHRASES = (
    *("correcthorsebatterystaple", "thequickbrownfox", "jumpsoverthelazydog", "tobeornottobe", "thatisthequestion"),
    *("loremipsum", "dolorsitamet", "opensesame", "iloveyou", "maytheforcebewithyou", "winteriscoming", "trustno1"),
    *("helloworld", "supersecret", "topsecret", "verysecret", "donttellanyone", "foobarbaz", "deadbeef", "cafebabe"),
)
# Digits and signs that replace letters in words; the same length, so that positions are the same.
_AS_LETTERS = str.maketrans("0134578@$!", "oieastbasi")
_NO_SEPARATORS = str.maketrans("", "", "-_ ")
_ROWS = (*("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890", "1qaz2wsx3edc4rfv5tgb"),)
_RUN = re.compile(r"[a-z]{4,}|[A-Z]?[a-z]{3,}|[A-Z]{4,}|[A-Za-z]|[0-9]+|.", re.DOTALL)


def is_weak(secret: str) -> bool:
    """Whether a machine could guess it: it is too short, or made of words, keyboard rows or repetitions."""
    return len(secret) < LEAST_LENGTH or bits(secret) < LEAST_BITS


def bits(secret: str) -> float:
    """The estimate: known words and repetitions cost almost nothing, runs of letters as much as words."""
    kept, cost = _without_phrases(secret[:256])
    kept, free = _without_repeats(kept)
    kept, more = _without_known(kept)
    return cost + free + more + sum(_cost(run) for run in _RUN.findall(kept))


def _cost(run: str) -> float:
    if run.isdecimal():
        return _DIGIT_BITS * len(run)
    if run.isalpha() and len(run) >= 4:
        return _WORD_BITS * -(-len(run) // _WORD_LETTERS)
    return _LETTER_BITS if run.isalpha() else _SIGN_BITS


def _without_repeats(secret: str) -> tuple[str, float]:
    """The secret without each piece of three or more characters that came before, and the cost of these pieces."""
    kept, cost, at = "", 0.0, 0
    folded = secret.casefold()
    if len(folded) != len(secret):
        folded = secret
    while at < len(secret):
        length = _longest_before(folded, at)
        if length:
            cost += log2(at + 1) / 2
            at += length
        else:
            kept += secret[at]
            at += 1
    return kept, cost


def _longest_before(folded: str, at: int) -> int:
    """The length of the piece from here on that appeared before, or repeats a single character; 0 if below three."""
    for length in range(min(32, len(folded) - at), 2, -1):
        piece = folded[at : at + length]
        if piece in folded[: at + length - 1]:
            return length
    return 0


def _without_phrases(secret: str) -> tuple[str, float]:
    """The same for phrases that many people choose. They repeat within themselves, so they come first."""
    return _without(_phrase_patterns(), secret)


def _without_known(secret: str) -> tuple[str, float]:
    """The same for well-known words, also with digits for letters, for keyboard rows and for years."""
    secret, cost = _without(_known_patterns(), secret)
    years = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
    cost += 6.0 * len(years.findall(secret))
    return years.sub("\n", secret).replace("\n", ""), cost


def _without(patterns: Mapping[str, re.Pattern[str]], secret: str) -> tuple[str, float]:
    cost = 0.0
    for pattern in _perhaps_in(secret, patterns):
        for plain in (True, False):
            spans = [found.span() for found in pattern.finditer(secret if plain else secret.translate(_AS_LETTERS))]
            cost += _KNOWN_BITS * len(spans)
            for start, end in reversed(spans):
                secret = secret[:start] + "\n" + secret[end:]
    return secret, cost


def _perhaps_in(secret: str, patterns: Mapping[str, re.Pattern[str]]) -> Iterable[re.Pattern[str]]:
    """Without those that cannot be in there, which a look at the text says sooner than they do. What else than ASCII is
    the same as one of their letters is for them to say."""
    if not secret.isascii():
        return patterns.values()
    plain = secret.lower().translate(_NO_SEPARATORS)
    as_letters = plain.translate(_AS_LETTERS)
    return [pattern for piece, pattern in patterns.items() if piece in plain or piece in as_letters]


@cache
def _phrase_patterns() -> Mapping[str, re.Pattern[str]]:
    return {phrase: re.compile("[-_ ]?".join(phrase) + "[-_ ]?", re.IGNORECASE) for phrase in _PHRASES}


@cache
def _known_patterns() -> Mapping[str, re.Pattern[str]]:
    return {known: re.compile(re.escape(known), re.IGNORECASE) for known in _known_pieces()}


def _known_pieces() -> list[str]:
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    pieces = {row[at : at + size] for row in rows for size in (8, 6, 4) for at in range(len(row) - size + 1)}
    return sorted({*_KNOWN, *pieces}, key=lambda piece: (-len(piece), piece))
