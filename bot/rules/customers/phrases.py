"""Phrases: what customers write, by what they mean and in which language, read from a TOML file with its faults.

[paid]
en = \"\"\"
I already paid
paid it yesterday
\"\"\"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.rules.customers.intents import Intent
from bot.rules.languages import TAGS
from bot.rules.toml_lines import NotToml, TomlText, read_toml

MOST_CHARS = 200  # of a phrase
MOST_PHRASES = 20_000  # of a file: the model of as many takes a few seconds to count

Phrases = Mapping[Intent, Sequence[str]]

_OPENS = re.compile("=\\s*(?:\"{3}|'{3})$")  # the phrases begin in the next line
_EXPECTED = "tables such as [paid] with phrases, one a line, for each language"


@dataclass(frozen=True, slots=True)
class PhraseFault:
    """One thing that is wrong: its line, what was given, and what was expected."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class PhrasesFaulty(ValueError):
    """The file is not a file of phrases: every fault found in it."""

    def __init__(self, faults: Sequence[PhraseFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(map(str, self.faults)))


def read_phrases(text: str) -> Phrases:
    """The phrases of a file by intent, of all its languages together. Raises `PhrasesFaulty`."""
    try:
        read = read_toml(text, _EXPECTED)
    except NotToml as error:
        raise PhrasesFaulty([PhraseFault(error.line, str(error))]) from None
    faults = list(_faults(read, text.splitlines()))
    found = {Intent(name): _of_intent(table) for name, table in read.tables.items()} if not faults else {}
    if sum(map(len, found.values())) > MOST_PHRASES:
        faults.append(PhraseFault(1, f"more than {MOST_PHRASES:,} phrases; expected fewer"))
    if faults:
        raise PhrasesFaulty(faults)
    return found


def together(files: Iterable[Phrases]) -> Phrases:
    """The phrases of several files."""
    all_of: dict[Intent, list[str]] = {}
    for phrases in files:
        for intent, lines in phrases.items():
            all_of.setdefault(intent, []).extend(lines)
    return all_of


def _of_intent(table: Mapping[str, str]) -> list[str]:
    return [line.strip() for text in table.values() for line in text.splitlines() if line.strip()]


def _faults(read: TomlText, source: Sequence[str]) -> Iterator[PhraseFault]:
    for name, table in read.tables.items():
        line = read.line_of(name)
        if name not in set(Intent):
            yield PhraseFault(line, f"[{name}] is nothing that can be meant; expected one of {', '.join(Intent)}")
        if not isinstance(table, dict):
            yield PhraseFault(line, f"{name} is given as a value; expected {_EXPECTED}")
            continue
        for language, text in table.items():
            at = read.line_of(name, language)
            begins_below = _OPENS.search(source[at - 1]) is not None
            yield from _faults_of(name, language, text, at, at + begins_below)


def _faults_of(name: str, language: str, text: object, line: int, first: int) -> Iterator[PhraseFault]:
    if language not in TAGS:
        yield PhraseFault(line, f"[{name}] {language} is not a language of duebot; expected {', '.join(TAGS)}")
    if not isinstance(text, str):
        yield PhraseFault(line, f"[{name}] {language} is not text; expected phrases, one a line")
        return
    for number, phrase in enumerate(text.splitlines()):
        if len(phrase) > MOST_CHARS:
            given = f"a phrase of {len(phrase)} characters"
            yield PhraseFault(first + number, f"[{name}] {language}: {given}; expected at most {MOST_CHARS}")
