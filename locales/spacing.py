"""The space between Chinese and what is written in letters or digits beside it: 还 ¥860.00, 由 Mei 处理.

A sentence of a catalog cannot know whether a value is 王小明 or Mei, so the space is set as the value is filled in. A
date, which is written with Chinese characters, gets none: 到12月10日为止.
"""

from __future__ import annotations

import re

_HAN = "\u3400-\u9fff"
_IS_HAN = re.compile(f"[{_HAN}]").match
_TAGS = re.compile("<[^<>]*>")
# A number is not set off where a Chinese character follows its digits, as in 12月 or 3天后.
_OPENS = re.compile(rf"[A-Za-z$¥€£]|[0-9][^\s{_HAN}]*+(?![{_HAN}])").match
_CLOSES = re.compile("[A-Za-z0-9%]$").search


def set_off(value: str, before: str, after: str) -> str:
    """`value` with a space to a Chinese character right `before` or `after` it, if its own edge there is none."""
    if not value or not (_IS_HAN(before) or _IS_HAN(after)):
        return value
    bare = _TAGS.sub("", value) if "<" in value else value
    left = " " if _IS_HAN(before) and _OPENS(bare) else ""
    right = " " if _IS_HAN(after) and _CLOSES(bare) else ""
    return f"{left}{value}{right}"
