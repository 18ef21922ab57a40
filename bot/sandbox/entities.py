"""Text with entities: offsets in UTF-16 units, what Telegram finds by itself, trimming, and back to HTML.

Reading HTML that a bot sends is in `markup`.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

from telegram.constants import MessageEntityType as Type
from telegram.constants import MessageLimit

Entity = dict[str, Any]

_FOUND = (
    (Type.URL, re.compile(r"\bhttps?://[^\s<>\"“”（）]*[^\s<>\"“”（）.,:;!?，。；！？)\]]", re.IGNORECASE)),
    (
        Type.EMAIL,
        re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b"),
    ),
    (Type.BOT_COMMAND, re.compile(r"(?<![\w/.<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    (Type.MENTION, re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}\b")),
    (Type.HASHTAG, re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)
_MONOSPACED = (Type.PRE, Type.CODE)
_TAGS = {
    Type.BOLD: "b",
    Type.ITALIC: "i",
    Type.UNDERLINE: "u",
    Type.STRIKETHROUGH: "s",
    Type.SPOILER: "tg-spoiler",
    Type.CODE: "code",
    Type.PRE: "pre",
    Type.BLOCKQUOTE: "blockquote",
    Type.EXPANDABLE_BLOCKQUOTE: "blockquote",
}


@dataclass(frozen=True, slots=True)
class FormattedText:
    text: str
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    """The length as the Bot API counts it: an emoji counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def char_index(text: str, utf16_offset: int) -> int:
    """The index in `text` of the character at a UTF-16 offset."""
    units = 0
    for index, char in enumerate(text):
        if units >= utf16_offset:
            return index
        units += 2 if char > "\uffff" else 1
    return len(text)


def finished(formatted: FormattedText) -> FormattedText:
    """The text as Telegram keeps it: trimmed, with the entities it finds by itself, sorted, at most 100."""
    trimmed = _trimmed(formatted)
    entities = _without_nested_in_code(list(trimmed.entities))
    entities += _found(trimmed.text, entities)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return FormattedText(trimmed.text, tuple(entities[: MessageLimit.MESSAGE_ENTITIES]))


def _trimmed(formatted: FormattedText) -> FormattedText:
    text = formatted.text.replace("\r", "")
    cut = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    total = utf16_length(text)
    kept = []
    for entity in formatted.entities:
        start = max(0, entity["offset"] - cut)
        end = min(total, entity["offset"] + entity["length"] - cut)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return FormattedText(text, tuple(kept))


def _without_nested_in_code(entities: list[Entity]) -> list[Entity]:
    spans = [(e, e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _MONOSPACED]

    def inside(entity: Entity) -> bool:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        return any(e is not entity and s <= start and end <= t and e["type"] != entity["type"] for e, s, t in spans)

    return [entity for entity in entities if not inside(entity)]


def _found(text: str, taken: list[Entity]) -> list[Entity]:
    opaque = (*_MONOSPACED, Type.TEXT_LINK, Type.TEXT_MENTION)
    known = {kind for kind, _ in _FOUND}
    # The entity found first keeps its place; at most as many of each kind are searched as a message can have.
    covered = bytearray(utf16_length(text) + 1)
    for e in taken:
        if e["type"] in opaque or e["type"] in known:
            covered[e["offset"] : e["offset"] + e["length"]] = b"\1" * e["length"]
    offsets = list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0))
    found: list[Entity] = []
    for kind, pattern in _FOUND:
        for match in islice(pattern.finditer(text), MessageLimit.MESSAGE_ENTITIES):
            start, end = offsets[match.start()], offsets[match.end()]
            if 1 not in covered[start:end]:
                covered[start:end] = b"\1" * (end - start)
                found.append({"type": str(kind), "offset": start, "length": end - start})
    return found


def to_html(text: str, entities: list[Entity]) -> str:
    """The text as the HTML a bot could have sent; for tests to read."""
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        before, after = _tags(entity)
        if before:
            opening.setdefault(char_index(text, entity["offset"]), []).append(before)
            closing.setdefault(char_index(text, entity["offset"] + entity["length"]), []).insert(0, after)
    parts = []
    for index in range(len(text) + 1):
        parts += closing.get(index, []) + opening.get(index, [])
        parts.append(html.escape(text[index : index + 1], quote=False))
    return "".join(parts)


def _tags(entity: Entity) -> tuple[str, str]:
    kind = entity["type"]
    if kind == Type.TEXT_LINK:
        return f'<a href="{html.escape(entity["url"])}">', "</a>"
    if kind == Type.TEXT_MENTION:
        return f'<a href="tg://user?id={entity["user"]["id"]}">', "</a>"
    if kind == Type.PRE and entity.get("language"):
        return f'<pre><code class="language-{entity["language"]}">', "</code></pre>"
    if kind == Type.EXPANDABLE_BLOCKQUOTE:
        return "<blockquote expandable>", "</blockquote>"
    tag = _TAGS.get(kind)
    return (f"<{tag}>", f"</{tag}>") if tag else ("", "")
