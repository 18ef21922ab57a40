"""Free text made plain, in time that grows with its length only, whatever a stranger puts into it."""

from __future__ import annotations

import unicodedata

# Unicode's own bound (UAX 15, Stream-Safe Text Format): no language puts more marks on one letter.
MOST_MARKS = 30
_JOINER = "\u034f"  # parts a run of marks in two, and is seen by nobody


def plain(text: str) -> str:
    """`text` with full-width letters, digits and signs as plain ones (Unicode's NFKC).

    To put marks in order takes the square of how many stand in a row; so a row has at most `MOST_MARKS`.
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
