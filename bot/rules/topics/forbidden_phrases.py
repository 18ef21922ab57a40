"""Files of phrases for the words guard: in TOML, for each kind lines of phrases, read with their faults.

threat = \"\"\"
or else
\"\"\"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import category

from bot.rules.toml_lines import NotToml, TomlText, read_toml
from bot.rules.topics.message_screening import BY_WORDS, ForbiddenPhrases, Kind, flat

MOST_CHARS = 200  # of a phrase
MOST_PHRASES = 1000  # of a file: each text is searched for all of them

_OPENS = re.compile("=\\s*(?:\"{3}|'{3})$")  # the phrases begin in the next line
_KINDS = ", ".join(BY_WORDS)
_EXPECTED = f"lines of phrases for {_KINDS}"


@dataclass(frozen=True, slots=True)
class GuardWordsFault:
    """One thing that is wrong: its line, what was given, and what was expected."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class GuardWordsFaulty(ValueError):
    """The file is not one of phrases for the words guard: every fault found in it."""

    def __init__(self, faults: Sequence[GuardWordsFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(map(str, self.faults)))


def read_guard_words(text: str) -> ForbiddenPhrases:
    """The phrases of a file. Raises `GuardWordsFaulty`."""
    try:
        read = read_toml(text, _EXPECTED)
    except NotToml as error:
        given = str(error) if _EXPECTED in str(error) else f"{error}; expected {_EXPECTED}"
        raise GuardWordsFaulty([GuardWordsFault(error.line, given)]) from None
    faults = list(_faults(read, text.splitlines()))
    if faults:
        raise GuardWordsFaulty(faults)
    found = together([ForbiddenPhrases(tuple((kind, _phrases(read.tables.get(kind, ""))) for kind in BY_WORDS))])
    if found.count > MOST_PHRASES:
        given = f"{found.count:,} phrases; expected at most {MOST_PHRASES:,}: take some away"
        raise GuardWordsFaulty([GuardWordsFault(1, given)])
    return found


def together(several: Iterable[ForbiddenPhrases]) -> ForbiddenPhrases:
    """The phrases of several files, each once."""
    of_kind: dict[Kind, dict[str, None]] = {kind: {} for kind in BY_WORDS}
    for words in several:
        for kind, phrases in words.phrases:
            of_kind[kind] |= dict.fromkeys(phrases)
    return ForbiddenPhrases(tuple((kind, tuple(phrases)) for kind, phrases in of_kind.items()))


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(flat(line) for line in text.splitlines() if line.strip())


def _faults(read: TomlText, source: Sequence[str]) -> Iterator[GuardWordsFault]:
    for kind, text in read.tables.items():
        line = read.line_of(kind)
        if kind not in BY_WORDS:
            yield GuardWordsFault(line, f"{kind!r} is no kind of words that are asked about; expected one of {_KINDS}")
        elif not isinstance(text, str):
            yield GuardWordsFault(line, f'{kind} is not text; expected phrases, one a line, between two """')
        else:
            first = line + (_OPENS.search(source[line - 1]) is not None)
            yield from _faults_of(kind, text, first)


def _faults_of(kind: str, text: str, first: int) -> Iterator[GuardWordsFault]:
    for line, phrase in enumerate(text.splitlines(), first):
        if len(phrase) > MOST_CHARS:
            given = f"a phrase of {len(phrase)} characters"
            yield GuardWordsFault(line, f"{kind}: {given}; expected at most {MOST_CHARS}: shorten it")
        elif phrase.strip() and not _says_something(phrase):
            yield GuardWordsFault(line, f"{kind}: a phrase of punctuation only; expected words: take it away")


def _says_something(phrase: str) -> bool:
    """Whether it has a letter, a digit or a symbol such as an emoji."""
    return any(category(character)[0] in "LNS" for character in flat(phrase))
