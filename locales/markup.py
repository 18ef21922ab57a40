"""Checks whether a text is HTML as Telegram reads it: its few tags, properly nested, and its few entities. It renders
nothing."""

from __future__ import annotations

import re

TAGS = frozenset({"b", "i", "u", "s", "code", "pre", "a", "blockquote"})

_TOKEN = re.compile(r"<[^<>]*>|<|>|&[^;\s&<>]*;?")
_TAG = re.compile(r"<(/?)([a-z]+)((?: [a-z]+=\"[^\"<>]*\")*)>")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});")


def tags_in(text: str) -> list[str]:
    """The tags of a text, in order."""
    return [token for token in _TOKEN.findall(text) if token.startswith("<")]


def fault_in(text: str) -> str | None:
    """What Telegram would refuse in `text`, or None."""
    open_tags: list[str] = []
    for token in _TOKEN.findall(text):
        if token.startswith("&"):
            if not _ENTITY.fullmatch(token):
                return f"{token} is no entity that Telegram knows; write &amp; for &"
            continue
        tag = _TAG.fullmatch(token)
        if not tag or tag.group(2) not in TAGS:
            return f"{token} is no tag that Telegram knows; there are {' '.join(sorted(TAGS))}, and &lt; for <"
        if not tag.group(1):
            open_tags.append(tag.group(2))
        elif not open_tags or open_tags.pop() != tag.group(2):
            return f"{token} closes what is not open"
    return f"<{open_tags[-1]}> is never closed" if open_tags else None
