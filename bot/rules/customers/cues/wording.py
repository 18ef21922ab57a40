"""Cues are written a line each, in a short form of regular expressions, and become one pattern that is looked for.

A line of English is whole words: `_` is up to three words in between, `{name}` any word of that class. In a line of
Chinese `…` is up to four characters, whatever they are. All gaps are bounded, so that a search takes time in proportion
to the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_WHOLE_WORD = re.compile(r"(?<![a-z\\])[a-z]{4,}(?![a-z?*+\\(|)]|\\w)|(?<=[ |(])[a-z]{4,}(?=[ |)])")
CUE_WORDS: set[str] = set()
"""The longer English words of the cues, as far as they are whole: those that a misspelt word may be meant for."""
_GROUP = re.compile(r"(?<!\\)\((?!\?)")  # what it holds is asked by nobody, and to note it takes time
_FEW_WORDS = r"(?: \w+){0,3}"


def english(lines: str, classes: Mapping[str, str] | None = None) -> str:
    """The alternatives of a block of English lines; `classes` has the words of each class, apart by spaces."""
    named = {name: f"(?:{'|'.join(words.split())})" for name, words in (classes or {}).items()}
    CUE_WORDS.update(_WHOLE_WORD.findall(" ".join((lines, *(classes or {}).values()))))
    alternatives = (f"(?:{_filled(line, named).replace(' _ ', f'{_FEW_WORDS} ')})" for line in _lines(lines))
    # Within a word, none of them is tried.
    return rf"\b(?:{'|'.join(alternatives)})\b"


def chinese(lines: str, classes: Mapping[str, str] | None = None) -> str:
    """The alternatives of a block of Chinese lines; any word of a class may be in its place."""
    named = {name: f"(?:{'|'.join(words.split())})" for name, words in (classes or {}).items()}
    return "|".join(f"(?:{_filled(line, named).replace('…', '.{0,4}')})" for line in _lines(lines))


def looked_for(*alternatives: str) -> re.Pattern[str]:
    """One pattern that is any of these."""
    return re.compile(_GROUP.sub("(?:", "|".join(alternatives)))


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.splitlines() if line.strip() and not line.startswith("#")]


def _filled(line: str, named: Mapping[str, str]) -> str:
    for name, words in named.items():
        line = line.replace(f"{{{name}}}", words)
    return line
