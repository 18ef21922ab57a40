"""Passing a person's message on through the bot: what is kept of it until then, and the call that passes it on.

Text is said anew with its own entities, so that it can be edited later; everything else is copied by Telegram itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from telegram import Message, MessageEntity
from telegram.ext import ExtBot

from bot.channels import Outcome
from bot.channels.pacer import Priority
from bot.channels.telegram_calls import copy, edit_caption, edit_media, edit_text, say

MEDIA = ("photo", "video", "animation", "audio", "document")  # what Bot API's editMessageMedia can put in a message


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, a topic in it if it has topics, and the message that is answered or edited, if one is."""

    chat_id: int
    thread_id: int | None = None
    message_id: int | None = None


def kept(message: Message) -> tuple[str, str]:
    """Kind and content to keep of a new message until it is passed on: text or copy."""
    if message.text is not None:
        return "text", _text(message.text, message.entities)
    return "copy", ""


def kept_edit(message: Message) -> tuple[str, str]:
    """Kind and content to keep of an edit: edit_text, edit_media or edit_caption."""
    if message.text is not None:
        return "edit_text", _text(message.text, message.entities)
    caption: dict[str, Any] = json.loads(_text(message.caption or "", message.caption_entities))
    for kind in MEDIA:
        media = getattr(message, kind)
        if media:
            file = media[-1] if isinstance(media, tuple) else media
            return "edit_media", json.dumps(caption | {"media": kind, "file_id": file.file_id})
    return "edit_caption", json.dumps(caption)


class Relaying:
    """Passes messages on. What Telegram refuses is a value."""

    def __init__(self, bot: ExtBot[Priority]) -> None:
        self._bot = bot

    async def pass_on(
        self,
        kind: str,
        content: str,
        source: tuple[int, int],
        target: Place,
        *,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Outcome:
        """Passes a new message on to a place, in reply to `target.message_id` where that is given; or, for the kinds
        of edits, gives that message its new content. Accepted holds the message's id there."""
        if kind == "copy":
            return await copy(
                self._bot,
                from_chat_id=source[0],
                message_id=source[1],
                to_chat_id=target.chat_id,
                thread_id=target.thread_id,
                reply_to=target.message_id,
                priority=priority,
            )
        known = json.loads(content)
        text, entities = known["text"], MessageEntity.de_list(known["entities"], self._bot)
        if kind == "text":
            return await say(
                self._bot,
                target.chat_id,
                text,
                entities,
                thread_id=target.thread_id,
                reply_to=target.message_id,
                priority=priority,
            )
        assert target.message_id is not None, "an edit needs the message to edit"
        where = (self._bot, target.chat_id, target.message_id)
        if kind == "edit_text":
            return await edit_text(*where, text, entities, priority=priority)
        if kind == "edit_media":
            return await edit_media(*where, known["media"], known["file_id"], text, entities, priority=priority)
        return await edit_caption(*where, text, entities, priority=priority)


def _text(text: str, entities: tuple[MessageEntity, ...]) -> str:
    return json.dumps({"text": text, "entities": [entity.to_dict() for entity in entities]}, ensure_ascii=False)
