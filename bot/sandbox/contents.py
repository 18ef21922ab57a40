"""What a person writes or sends, as the fields of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.entities import FormattedText, finished
from bot.sandbox.files import as_content

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]


def text_content(text: str) -> Raw:
    """A text with the entities that Telegram finds in it."""
    formatted = finished(FormattedText(text))
    raw: Raw = {"text": formatted.text}
    return raw | ({"entities": list(formatted.entities)} if formatted.entities else {})


def caption_content(text: str) -> Raw:
    """The same under a picture or file; nothing where it is empty."""
    named = {"text": "caption", "entities": "caption_entities"}
    return {named[key]: value for key, value in text_content(text).items()} if text else {}


def file_content(telegram: LocalTelegram, kind: str, content: bytes, name: str, caption: str) -> Raw:
    """A new file with its caption."""
    return as_content(telegram.files.add(content, kind=kind, name=name), kind) | caption_content(caption)
