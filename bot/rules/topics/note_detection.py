"""Note detection: whether a text in a case's topic is for the customer or internal. In doubt it is internal.

An agent who writes a note must be able to trust that it stays internal, however it is mistyped: with a full-width
slash, with the sign that a Chinese keyboard gives for the slash, with spaces, capitals or invisible characters, or
below other lines. A text that begins with a slash is never sent to a customer.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bot.rules.customers.plain_text import plain

# Slashes, and 、 which the slash key gives on a Chinese keyboard. Full-width slashes are plain ones by then.
_STROKES = r"/\\⁄∕⧸╱⟋"
_STROKE = rf"[{_STROKES}、]"
_WORD = r"(?:note|笔记|筆記|备注|備註)(?![a-z0-9_])"
# Each run is matched as a whole (++) and only from its beginning, so that no text is read twice.
_NOTE = re.compile(rf"\s*+{_STROKE}++\s*+{_WORD}(?:@[a-z0-9_]++)?[\s:.,、，。]*+", re.IGNORECASE)
_COMMAND = re.compile(rf"\s*+{_STROKE}")
_ALMOST_NOTE = re.compile(r"\s*+[!.。#~@*_=+|&$%^<>\[({-]++note(?![a-z0-9_])", re.IGNORECASE)
_NOTE_BELOW = re.compile(rf"(?<!{_STROKE})({_STROKE}++)\s*+{_WORD}", re.IGNORECASE)
_PART_OF_A_WORD = re.compile(r"[a-z0-9./:]", re.IGNORECASE)  # as in and/or note, 3/4, https://
_UNSEEN = ("Cf", "Cc", "Cn", "Co", "Mn")  # without width; combining characters have been combined before
_KEPT = "\n\r\t"
_LINE_ENDS = frozenset("\r\n")

_WRITTEN = re.compile(rf"\s*+{_STROKE}++\s*+([a-z_]{{1,32}})(?![a-z0-9_])(?!@)", re.IGNORECASE)
_ALIKE = 0.65

For = Literal["customer", "note", "command", "hidden_note"]


@dataclass(frozen=True, slots=True)
class Meant:
    """`whom`: the customer; a note, with its `text` without the command; a command, known or not; or a text with a note
    further down, and none of it may be sent."""

    whom: For
    text: str = ""


def meant_for(text: str) -> Meant:
    """For whom a text, or a caption, is meant."""
    seen = _seen(text)
    if (note := _NOTE.match(seen)) is not None:
        return Meant("note", seen[note.end() :].strip())
    if _COMMAND.match(seen) or _ALMOST_NOTE.match(seen):
        return Meant("command")
    if any(_is_below(seen, found) for found in _NOTE_BELOW.finditer(seen)):
        return Meant("hidden_note")
    return Meant("customer")


def likely_command(text: str, known: Collection[str]) -> str:
    """The command that was probably meant by a text which begins like one (`/dnoe`), without its slash; empty if
    none is alike. One that is addressed to another bot is none of ours."""
    written = _WRITTEN.match(_seen(text[:100]))
    if written is None:
        return ""
    word = written[1].lower()
    alike = (name for name in known if _alike(word, name) >= _ALIKE)
    return max(alike, key=lambda name: _alike(word, name), default="")


def _alike(word: str, name: str) -> float:
    """How alike they are; letters in another order, and a right beginning, count for more."""
    same_letters, same_beginning = sorted(word) == sorted(name), word[0] == name[0]
    return difflib.SequenceMatcher(None, word, name).ratio() + 0.3 * same_letters + 0.1 * same_beginning


def _is_below(seen: str, found: re.Match[str]) -> bool:
    """Whether a slash and a word for a note make a note: on their own line, or not in the middle of other words."""
    begins = found.start()
    space = begins - len(seen[:begins].rstrip())
    if _LINE_ENDS.intersection(seen[begins - space : begins]):
        return True
    for at in range(found.end(1) - 1, begins - 1, -1):
        if seen[at] == "、":  # between words it is a comma
            return False
        if at == 0 or not _PART_OF_A_WORD.match(seen[at - 1]):
            return True
    return False


def _seen(text: str) -> str:
    """The text as a reader sees it, with full-width letters and strokes as plain ones."""
    made_plain = plain(text)
    unseen = {s for s in set(made_plain) if s not in _KEPT and unicodedata.category(s) in _UNSEEN}
    return made_plain.translate(dict.fromkeys(map(ord, unseen))) if unseen else made_plain
