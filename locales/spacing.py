"""The space between Chinese and what is written in letters or digits beside it: 还 ¥860.00, 由 Mei 处理, 由王小明处理.

A sentence cannot know whether a value is 王小明 or Mei, so the space is set, or left out, as the value is filled in. A
date, which is written with digits and Chinese characters, stays as near as the sentence has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HAN = "\u3400-\u9fff"
_IS_HAN = re.compile(f"[{_HAN}]").match
_TAGS = re.compile("<[^<>]*>")
# A number is not set off where a Chinese character follows its digits, as in 12月 or 3天后.
_OPENS = re.compile(rf"[A-Za-z$¥€£]|[0-9][^\s{_HAN}]*+(?![{_HAN}])").match
_CLOSES = re.compile("[A-Za-z0-9%]$").search
_PLACEHOLDER = re.compile(r"( ?)\{([a-z_]+)\}( ?)")

COUNT = "n"  # is as near to its word as the sentence has it: 3天后, 3 个


def filled(message: str, values: Mapping[str, str]) -> str:
    """Fills in values for {names} in one pass, so that a value that looks like a placeholder stays unchanged."""

    def value_of(found: re.Match[str]) -> str:
        left, name, right = found.groups()
        if name == COUNT:
            return f"{left}{values[name]}{right}"
        begins, ends = found.start(), found.end()
        return set_off(values[name], message[begins - 1 : begins], message[ends : ends + 1], (left, right))

    return _PLACEHOLDER.sub(value_of, message)


def set_off(value: str, before: str, after: str, spaces: tuple[str, str] = ("", "")) -> str:
    """`value` with the `spaces` that a sentence has on its sides, between the characters `before` and `after` these.

    Beside Chinese there is a space if the value's own edge is of letters or digits, and none if it is Chinese.
    """
    left, right = spaces
    if not value or not (_IS_HAN(before) or _IS_HAN(after)):
        return f"{left}{value}{right}"
    bare = _TAGS.sub("", value) if "<" in value else value
    is_chinese = _IS_HAN(bare[:1]) and _IS_HAN(bare[-1:])
    if _IS_HAN(before) and (is_chinese or _OPENS(bare)):
        left = "" if is_chinese else " "
    if _IS_HAN(after) and (is_chinese or _CLOSES(bare)):
        right = "" if is_chinese else " "
    return f"{left}{value}{right}"
