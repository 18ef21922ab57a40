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

# Strokes, and 、 which the key with the stroke gives on a Chinese keyboard. Full-width ones are plain by then.
_STROKE = r"[/\\⁄∕⧸╱⟋、]"
_WORD = r"(?:[ \t]*note|笔记|筆記|备注|備註)(?![a-z0-9_])"
_NOTE = re.compile(rf"\s*{_STROKE}+\s*{_WORD}(?:@[a-z0-9_]+)?[\s:.,、，。]*", re.IGNORECASE)
_COMMAND = re.compile(rf"\s*{_STROKE}")
_ALMOST_NOTE = re.compile(r"\s*[!.。#~@*_=+|&$%^<>\[({-]+note(?![a-z0-9_])", re.IGNORECASE)
_NOTE_BELOW = re.compile(rf"(?:[\r\n]\s*{_STROKE}+|(?<![a-z0-9./:])[/\\⁄∕⧸╱⟋]+)\s*{_WORD}", re.IGNORECASE)
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
    if _NOTE_BELOW.search(seen):
        return Meant("hidden_note")
    return Meant("customer")


def _seen(text: str) -> str:
    """The text as a reader sees it, with full-width letters and strokes as plain ones."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if sign in _KEPT or unicodedata.category(sign) not in _UNSEEN)
