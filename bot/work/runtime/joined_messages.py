"""Joins texts that arrive faster than they can be passed on to the text that waits already, so that nothing is lost."""

from __future__ import annotations

import json
from typing import Any

NOT_THEIRS = ("forward_origin", "quote", "external_reply")
MOST_UNITS = 4096  # UTF-16 units, the longest text of a message (Bot API)


def joined(waiting: str, new: str) -> str | None:
    """The JSON of one update made of two: a text with the next one below it, or the later of two edits of a message.
    None if they cannot be joined."""
    before, after = json.loads(waiting), json.loads(new)
    if "message" in before and "message" in after:
        return _one_text(before, after)
    edited = [_number(update) for update in (before, after)]
    return new if edited[0] is not None and edited[0] == edited[1] else None


def _one_text(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    first, second = before["message"], after["message"]
    texts = [message.get("text") for message in (first, second)]
    if not all(isinstance(text, str) and not text.startswith("/") for text in texts):
        return None
    if first.get("chat") != second.get("chat") or first.get("from") != second.get("from"):
        return None
    if any(message.get(key) for message in (first, second) for key in NOT_THEIRS):
        return None  # what is somebody else's stays apart from their own words
    if second.get("reply_to_message") or _units(texts[0]) + 1 + _units(texts[1]) > MOST_UNITS:
        return None
    shifted = [_shifted(entity, _units(texts[0]) + 1) for entity in _entities(second)]
    whole = {**first, "text": f"{texts[0]}\n{texts[1]}", "entities": [*_entities(first), *shifted]}
    return json.dumps({**before, "message": whole})


def _entities(message: dict[str, Any]) -> list[Any]:
    entities = message.get("entities")
    return entities if isinstance(entities, list) else []


def _shifted(entity: Any, by: int) -> Any:
    moves = isinstance(entity, dict) and isinstance(entity.get("offset"), int)
    return {**entity, "offset": entity["offset"] + by} if moves else entity


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _number(update: dict[str, Any]) -> tuple[Any, Any] | None:
    edited = update.get("edited_message")
    if not isinstance(edited, dict) or not isinstance(edited.get("chat"), dict):
        return None
    return edited["chat"].get("id"), edited.get("message_id")
