"""Texts and captions of a call, with their entities, within Telegram's lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.constants import MessageEntityType, MessageLimit

from bot.sandbox.entities import FormattedText, finished, utf16_length
from bot.sandbox.errors import bad_request
from bot.sandbox.markup import parse_html

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]


def text_content(telegram: LocalTelegram, params: Params) -> Raw:
    """`text` and `entities` of the message to be."""
    formatted = _formatted(telegram, params.text("text"), params.text("parse_mode"), params.json("entities"))
    if not formatted.text:
        raise bad_request("message text is empty")
    if utf16_length(formatted.text) > MessageLimit.MAX_TEXT_LENGTH:
        raise bad_request("message is too long")
    preview = params.json("link_preview_options")
    return _fields("text", "entities", formatted) | ({"link_preview_options": preview} if preview else {})


def caption_content(telegram: LocalTelegram, params: Params) -> Raw:
    return caption_of(telegram, params.text("caption"), params.text("parse_mode"), params.json("caption_entities"))


def caption_of(telegram: LocalTelegram, caption: str, parse_mode: str, entities: Any) -> Raw:
    """`caption` and `caption_entities` of the message to be; nothing for an empty caption."""
    formatted = _formatted(telegram, caption, parse_mode, entities)
    if utf16_length(formatted.text) > MessageLimit.CAPTION_LENGTH:
        raise bad_request("message caption is too long")
    return _fields("caption", "caption_entities", formatted) if formatted.text else {}


def _formatted(telegram: LocalTelegram, text: str, parse_mode: str, entities: Any) -> FormattedText:
    mode = parse_mode.lower()
    if mode == "html":
        formatted = parse_html(text)
    elif not mode:
        formatted = FormattedText(text, tuple(_given(entities)))
    elif mode in ("markdown", "markdownv2"):
        raise bad_request(f"the local Telegram reads no {parse_mode}; use parse_mode HTML or entities")
    else:
        raise bad_request("unsupported parse_mode")
    return finished(_with_mentions(telegram, formatted))


def _given(entities: Any) -> list[Raw]:
    if entities is None:
        return []
    if not isinstance(entities, list) or not all(isinstance(e, dict) and "type" in e for e in entities):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return [dict(entity) for entity in entities]


def _with_mentions(telegram: LocalTelegram, formatted: FormattedText) -> FormattedText:
    """Links to users become mentions of them; of those Telegram does not know, nothing remains."""
    kept = []
    for entity in formatted.entities:
        url = str(entity.get("url", ""))
        if not url.startswith("tg://user?id="):
            kept.append(entity)
            continue
        number = url.removeprefix("tg://user?id=")
        person = telegram.people.get(int(number)) if number.isdigit() else None
        if person is not None:
            mention = {"type": str(MessageEntityType.TEXT_MENTION), "user": person.user}
            kept.append({key: entity[key] for key in ("offset", "length")} | mention)
    return FormattedText(formatted.text, tuple(kept))


def _fields(text_key: str, entities_key: str, formatted: FormattedText) -> Raw:
    raw: Raw = {text_key: formatted.text}
    return raw | ({entities_key: list(formatted.entities)} if formatted.entities else {})
