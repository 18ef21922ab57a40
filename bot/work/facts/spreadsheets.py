"""Text that goes into CSV files which people open in a spreadsheet: what would be run as a formula is text there.

A spreadsheet takes a cell that begins with = + - @ for a formula, the Chinese and Japanese ones also with full-width
signs. Where its language has another separator than the file, each part of a text after a semicolon, a tab or a line's
end becomes a cell too. Before each such sign an apostrophe is put, with which no formula begins; the import takes it
away again.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# Where a cell may begin, what a spreadsheet passes over there, and the sign. Each is read once: no backtracking.
_BEGINNING = '(?:^|[;,|\t\r\n\v\f\x85\u2028\u2029])[ "\xa0\u3000]*+'
_SIGN = "'*[=+\\-@＝＋－＠]"
_FORMULA = re.compile(f"({_BEGINNING})(?={_SIGN})")
_GUARDED = re.compile(f"({_BEGINNING})'(?={_SIGN})")
_BLANK_FIRST = re.compile("'*[\t\r\n]")


def guarded(text: str) -> str:
    """`text` such that no part of it is a formula. A number is none: digits with a sign, phone numbers too, stay."""
    if _NUMBER.fullmatch(text):
        return text
    safe = _FORMULA.sub(r"\1'", text)
    return f"'{safe}" if _BLANK_FIRST.match(safe) else safe


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    if "'" not in text:
        return text
    plain = text[1:] if text[0] == "'" and _BLANK_FIRST.match(text) else text
    return _GUARDED.sub(r"\1", plain)
