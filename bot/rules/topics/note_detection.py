"""Whom a text in a case's topic is meant for: the customer, or nobody outside. In doubt nobody outside.

Whoever writes a note must be able to trust that it stays inside, however it is mistyped: with a full-width stroke, the
sign that a Chinese keyboard gives for the stroke, spaces, capitals, signs that nobody sees, below other lines. A
customer is never written anything that begins with a stroke.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from bot.rules.customers.plain_text import plain

# Strokes, and 、 which the key with the stroke gives on a Chinese keyboard. Full-width ones are plain by then.
_STROKES = r"/\\⁄∕⧸╱⟋"
_STROKE = rf"[{_STROKES}、]"
_WORD = r"(?:note|笔记|筆記|备注|備註)(?![a-z0-9_])"
# Every run is taken as a whole (++) and begun only where it begins, so that no text is gone through twice.
_NOTE = re.compile(rf"\s*+{_STROKE}++\s*+{_WORD}(?:@[a-z0-9_]++)?[\s:.,、，。]*+", re.IGNORECASE)
_COMMAND = re.compile(rf"\s*+{_STROKE}")
_ALMOST_NOTE = re.compile(r"\s*+[!.。#~@*_=+|&$%^<>\[({-]++note(?![a-z0-9_])", re.IGNORECASE)
_NOTE_BELOW = re.compile(rf"(?<!{_STROKE})({_STROKE}++)\s*+{_WORD}", re.IGNORECASE)
_PART_OF_A_WORD = re.compile(r"[a-z0-9./:]", re.IGNORECASE)  # as in and/or note, 3/4, https://
_UNSEEN = ("Cf", "Cc", "Cn", "Co", "Mn")  # of no width; what combines has been combined before
_KEPT = "\n\r\t"

For = Literal["customer", "note", "command", "hidden_note"]


@dataclass(frozen=True, slots=True)
class Meant:
    """`whom`: the customer; a note, with its `text` without the command; a command, known or not; or a text with a note
    further down, of which nothing may leave."""

    whom: For
    text: str = ""


def meant_for(text: str) -> Meant:
    """Whom a text, or a caption, is meant for."""
    seen = _seen(text)
    if (note := _NOTE.match(seen)) is not None:
        return Meant("note", seen[note.end() :].strip())
    if _COMMAND.match(seen) or _ALMOST_NOTE.match(seen):
        return Meant("command")
    if any(_is_below(seen, found) for found in _NOTE_BELOW.finditer(seen)):
        return Meant("hidden_note")
    return Meant("customer")


def _is_below(seen: str, found: re.Match[str]) -> bool:
    """Whether strokes and a word for a note are one: on a line of their own, or not in the middle of other words."""
    begins = found.start()
    space = begins - len(seen[:begins].rstrip()) if begins and seen[begins - 1].isspace() else 0
    if any(sign in "\r\n" for sign in seen[begins - space : begins]):
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
