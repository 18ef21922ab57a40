"""JSON from other programs, read strictly: UTF-8 alone, numbers that are numbers, and each name once in an object. Of a
name that is there twice, another program might take the other value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

MOST_DIGITS = 400  # a longer number is too large for everything, and slow to read
MOST_NAME = 40


class NotJson(ValueError):
    """The text cannot be read; the message says why, and quotes nothing but a name."""


def parse_json(text: bytes) -> object:
    """What the text says; a BOM before it is nothing. Raises `NotJson`."""
    try:
        return _DECODER.decode(text.decode("utf-8-sig"))
    except NotJson:
        raise
    except (RecursionError, ValueError):
        raise NotJson("is not JSON in UTF-8") from None


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise NotJson(f"has the name {twice[:MOST_NAME]!r} twice in one object")
    return found


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= MOST_DIGITS else float(text)


def _no_number(text: str) -> object:
    raise NotJson(f"has {text} in it, which is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_constant=_no_number)
