"""Normalises free text, in time that grows linearly with its length, for any input."""

from __future__ import annotations

import unicodedata

# Unicode's own bound (UAX 15, Stream-Safe Text Format): no language puts more marks on one letter.
MOST_MARKS = 30
_JOINER = "\u034f"  # splits a run of marks, and is invisible


def plain(text: str) -> str:
    """`text` with full-width letters, digits and signs as plain ones (Unicode's NFKC).

    Sorting marks takes the square of the number in a row, so a row has at most `MOST_MARKS`.
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", _with_short_rows(text))


def _with_short_rows(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks > MOST_MARKS:
            kept.append(_JOINER)
            marks = 1
        kept.append(sign)
    return "".join(kept)
