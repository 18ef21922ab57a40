"""Text in CSV files that people open in a spreadsheet: what a spreadsheet would run as a formula stays text.

A spreadsheet takes a cell that begins with = + - @ as a formula, Chinese and Japanese ones also with full-width signs.
If its language uses another separator than the file, each part of a text after a semicolon, tab or line end becomes a
cell too. An apostrophe is put before each such sign, because no formula begins with it; the import removes it again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# Where a cell may begin, what a spreadsheet skips there, and the sign. Each is read once: no backtracking.
_BEGINNING = '(?:^|[;,|\t\r\n\v\f\x85\u2028\u2029])[ "\xa0\u3000]*+'
_SIGN = "'*[=+\\-@＝＋－＠]"
_FORMULA = re.compile(f"({_BEGINNING})(?={_SIGN})")
_GUARDED = re.compile(f"({_BEGINNING})'(?={_SIGN})")
_BLANK_FIRST = re.compile("'*[\t\r\n]")


def guarded(text: str) -> str:
    """`text` with no part that is a formula. Numbers do not change: digits with a sign, phone numbers too."""
    if _NUMBER.fullmatch(text):
        return text
    safe = _FORMULA.sub(r"\1'", text)
    return f"'{safe}" if _BLANK_FIRST.match(safe) else safe


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    if "'" not in text:
        return text
    plain = text[1:] if text[0] == "'" and _BLANK_FIRST.match(text) else text
    return _GUARDED.sub(r"\1", plain)


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as a part of a CSV file. What somebody wrote in them is `guarded` before."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()
