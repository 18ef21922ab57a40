"""The space between Chinese and what is written in letters or digits beside it: 还 ¥860.00, 由 Mei 处理, 由王小明处理.

A sentence cannot know whether a value is 王小明 or Mei, so the space is set, or left out, as the value is filled in. A
date, which is written with digits and Chinese characters, stays as near as the sentence has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_HAN = "\u3400-\u9fff"
_IS_HAN = re.compile(f"[{_HAN}]").match
_TAGS = re.compile("<[^<>]*>")
# A number is not set off where a Chinese character follows its digits, as in 12月 or 3天后.
_OPENS = re.compile(rf"[A-Za-z$¥€£]|[0-9][^\s{_HAN}]*+(?![{_HAN}])").match
_CLOSES = re.compile("[A-Za-z0-9%]$").search
_PLACEHOLDER = re.compile(r"( ?)\{([a-z_]+)\}( ?)")

COUNT = "n"  # is as near to its word as the sentence has it: 3天后, 3 个


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value goes: what is written before it, its name, the spaces that the sentence has on its sides, and
    whether Chinese is beyond these."""

    literal: str
    name: str
    left: str
    right: str
    begins: bool
    ends: bool


def filled(message: str, values: Mapping[str, str]) -> str:
    """Fills in values for {names} in one pass, so that a value that looks like a placeholder stays unchanged."""
    places, rest = _places(message)
    said: list[str] = []
    for place in places:
        value = values[place.name]
        if place.begins or place.ends:
            value = _beside(value, place.left, place.right, place.begins, place.ends)
        else:
            value = f"{place.left}{value}{place.right}"
        said += (place.literal, value)
    said.append(rest)
    return "".join(said)


def set_off(value: str, before: str, after: str) -> str:
    """`value` with a space to a Chinese character right `before` or `after` it, if its own edge there is of letters or
    digits."""
    begins, ends = _IS_HAN(before) is not None, _IS_HAN(after) is not None
    return _beside(value, "", "", begins, ends) if begins or ends else value


@lru_cache(maxsize=8192)  # all sentences of all catalogs
def _places(message: str) -> tuple[tuple[_Place, ...], str]:
    """The places of a sentence in order, and what is written after the last."""
    places, written = [], 0
    for found in _PLACEHOLDER.finditer(message):
        left, name, right = found.groups()
        begins, ends = found.span()
        is_apart = name != COUNT
        before = is_apart and _IS_HAN(message[begins - 1 : begins]) is not None
        after = is_apart and _IS_HAN(message, ends) is not None
        places.append(_Place(message[written:begins], name, left, right, before, after))
        written = ends
    return tuple(places), message[written:]


def _beside(value: str, left: str, right: str, begins: bool, ends: bool) -> str:
    if not value:
        return f"{left}{right}"
    bare = _TAGS.sub("", value) if "<" in value else value
    is_chinese = _IS_HAN(bare) and _IS_HAN(bare[-1:])
    if begins and (is_chinese or _OPENS(bare)):
        left = "" if is_chinese else " "
    if ends and (is_chinese or _CLOSES(bare)):
        right = "" if is_chinese else " "
    return f"{left}{value}{right}"
