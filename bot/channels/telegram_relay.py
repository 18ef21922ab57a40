"""Passes a person's message on through the bot: what is kept of it until then, and the call that passes it on.

Text is sent again with its entities, so that it can be edited later; Telegram copies everything else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from telegram import Message, MessageEntity, MessageOriginHiddenUser, MessageOriginUser
from telegram.ext import ExtBot

from bot.channels import Accepted, Outcome
from bot.channels.rate_limiter import Priority
from bot.channels.telegram_calls import (
    ALBUM_KINDS,
    MOST_IN_ALBUM,
    AlbumPart,
    copy,
    edit_caption,
    edit_media,
    edit_text,
    forward,
    say,
    send_album,
)
from bot.channels.telegram_talk_files import send_file, show_file
from bot.message import Message as OwnMessage
from bot.rules.cases.talk_files import SentFile

MEDIA = ("photo", "video", "animation", "audio", "document")  # the kinds that the Bot API's editMessageMedia accepts


FILES_AT_ONCE = 2  # that did not come from Telegram: they are in memory while they are sent
MOST_UNITS, MOST_CAPTION_UNITS, MOST_ENTITIES = 4096, 1024, 100  # Bot API: of a text, a caption, and their entities


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, its topic if it has topics, and the message to reply to or to edit, if any."""

    chat_id: int
    thread_id: int | None = None
    message_id: int | None = None


def kept(message: Message, *, quoting: bool = False) -> tuple[str, str]:
    """Kind and content of a new message, kept until it is passed on: text, copy, or media for a part of an album.
    `quoting`: with what it quotes."""
    if message.text is not None:
        return "text", _with_quote(message) if quoting else text_content(message.text, message.entities)
    media = _media(message, quoting=quoting)
    if message.media_group_id is not None and media is not None and media["media"] in ALBUM_KINDS:
        return "media", json.dumps(media, ensure_ascii=False)
    if quoting and _quotes(message) and (media is not None or message.voice is not None):
        return "copy", _with_quote(message)
    return "copy", ""


def kept_of_customer(message: Message, forwarded: Callable[[str], str]) -> tuple[str, str]:
    """The same of a customer's message, so that nothing of somebody else's in it looks like theirs. What was forwarded
    is a quotation below `forwarded`, the line that says from whom (it is given a name, empty if unknown), or is
    forwarded once more; what was quoted stays above their own words."""
    if (origin := forwarded_from(message)) is None:
        return kept(message, quoting=True)
    if message.text is None:
        return "forward", ""
    return "text", _below(forwarded(origin), message.text, message.entities)


def _below(line: str, text: str, entities: Sequence[MessageEntity]) -> str:
    """A text of somebody else as a quotation below a line."""
    start = _units(line) + 1
    kept_text = _first(text, MOST_UNITS - start)
    size = _units(kept_text)
    own = [e for e in entities if e.offset + e.length <= size and e.type not in _QUOTATIONS]
    moved = MessageEntity.shift_entities(" " * start, own)
    quotation = MessageEntity(MessageEntity.BLOCKQUOTE, start, size)
    return text_content(f"{line}\n{kept_text}", (quotation, *moved)[:MOST_ENTITIES])


def _quotes(message: Message) -> bool:
    return message.quote is not None and bool(message.quote.text.strip())


def _with_quote(message: Message) -> str:
    """Their words, a text or a caption, below what they quote of another message."""
    is_text = message.text is not None
    text = message.text or message.caption or ""
    entities = message.entities if is_text else message.caption_entities
    if message.quote is None or not _quotes(message):
        return text_content(text, entities)
    most = MOST_UNITS if is_text else MOST_CAPTION_UNITS
    quoted = _first(message.quote.text, max(0, most - _units(text) - 1))
    start = _units(quoted) + 1
    if start < 2:
        return text_content(text, entities)
    quotation = MessageEntity(MessageEntity.BLOCKQUOTE, 0, start - 1)
    moved = MessageEntity.shift_entities(" " * start, list(entities))
    return text_content(f"{quoted}\n{text}" if text else quoted, (quotation, *moved)[:MOST_ENTITIES])


_QUOTATIONS = (MessageEntity.BLOCKQUOTE, MessageEntity.EXPANDABLE_BLOCKQUOTE)  # they cannot be inside each other


def _first(text: str, units: int) -> str:
    """As much of a text as has so many UTF-16 units."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def forwarded_from(message: Message) -> str | None:
    """Who wrote what somebody forwarded, empty if Telegram does not tell; None if it is their own, forwarded or not."""
    origin = message.forward_origin
    if origin is None:
        return None
    if isinstance(origin, MessageOriginUser):
        own = message.from_user is not None and origin.sender_user.id == message.from_user.id
        return None if own else origin.sender_user.full_name
    if isinstance(origin, MessageOriginHiddenUser):
        return origin.sender_user_name
    chat = getattr(origin, "sender_chat", None) or getattr(origin, "chat", None)
    return (chat.title or "") if chat is not None else ""


def kept_edit(message: Message, *, quoting: bool = False) -> tuple[str, str] | None:
    """Kind and content of an edit: edit_text, edit_media or edit_caption. None if neither words nor a file changed, as
    when a live location moves. `quoting`: with what it quotes, as a customer's are shown to agents; what an agent
    quotes may be a note or a card."""
    if message.text is not None:
        return "edit_text", _with_quote(message) if quoting else text_content(message.text, message.entities)
    if (media := _media(message, quoting=quoting)) is not None:
        return "edit_media", json.dumps(media, ensure_ascii=False)
    if message.voice is not None:
        own = text_content(message.caption or "", message.caption_entities)
        return "edit_caption", _with_quote(message) if quoting else own
    return None


def _media(message: Message, *, quoting: bool) -> dict[str, Any] | None:
    own = text_content(message.caption or "", message.caption_entities)
    caption: dict[str, Any] = json.loads(_with_quote(message) if quoting else own)
    for kind in MEDIA:
        media = getattr(message, kind)
        if media:
            file = media[-1] if isinstance(media, tuple) else media
            spoiler = {"spoiler": True} if message.has_media_spoiler else {}
            return caption | {"media": kind, "file_id": file.file_id} | spoiler
    return None


def as_new(kind: str, content: str, edited: str) -> tuple[str, str]:
    """An edit as a new message, for when the message to edit is gone, or holds other texts too. A text is below
    `edited`, the line that says what this is, unless the two are too long together."""
    if kind != "edit_text":
        return "copy", ""
    both = [text_content(edited), content]
    return "text", joined(both) if _how_many_fit(both) == len(both) else content


class Relaying:
    """Passes messages on. A refusal of Telegram is a value."""

    def __init__(self, bot: ExtBot[Priority]) -> None:
        self._bot = bot
        self.few_files = asyncio.Semaphore(FILES_AT_ONCE)

    async def pass_on(
        self,
        kind: str,
        content: str,
        source: tuple[int, int],
        target: Place,
        *,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Outcome:
        """Sends a new message to a place, as a reply to `target.message_id` if given; or, for edits, replaces that
        message's content. Accepted contains the message's id there."""
        if kind == "forward":
            return await forward(
                self._bot,
                from_chat_id=source[0],
                message_id=source[1],
                to_chat_id=target.chat_id,
                thread_id=target.thread_id,
                priority=priority,
            )
        if kind in ("copy", "media"):
            return await copy(
                self._bot,
                from_chat_id=source[0],
                message_id=source[1],
                to_chat_id=target.chat_id,
                thread_id=target.thread_id,
                reply_to=target.message_id,
                caption=self._words(content) if content and _has_quotation(content) else None,
                priority=priority,
            )
        known = json.loads(content)
        text, entities = self._words(content)
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

    async def send_file(self, file: SentFile, content: bytes, target: Place) -> Outcome:
        """Sends a file that did not come from Telegram; `FileAccepted` says how to fetch it there."""
        return await send_file(self._bot, file, content, _where(target), priority=Priority.INTERACTIVE)

    async def show_file(self, file: SentFile, caption: OwnMessage, target: Place, priority: Priority) -> Outcome:
        """Shows a file that Telegram has, with a caption of our own."""
        return await show_file(self._bot, file, caption, _where(target), priority)

    def _words(self, content: str) -> tuple[str, Sequence[MessageEntity]]:
        known = json.loads(content)
        return known["text"], MessageEntity.de_list(known["entities"], self._bot)

    async def pass_album(
        self, contents: Sequence[str], target: Place, *, priority: Priority = Priority.INTERACTIVE
    ) -> Outcome:
        """Sends an album as one. Accepted contains the ids of its messages; `ids` splits them."""
        known = [json.loads(content) for content in contents]
        parts = [
            AlbumPart(
                kind=one["media"],
                file_id=one["file_id"],
                caption=one["text"],
                entities=MessageEntity.de_list(one["entities"], self._bot),
                spoiler=one.get("spoiler", False),
            )
            for one in known
        ]
        return await send_album(
            self._bot,
            target.chat_id,
            parts,
            thread_id=target.thread_id,
            reply_to=target.message_id,
            priority=priority,
        )


def _where(target: Place) -> tuple[int, int | None, int | None]:
    return target.chat_id, target.thread_id, target.message_id


def can_be_album(kinds: Sequence[str]) -> bool:
    """Whether messages of these kinds can be sent as one album."""
    return 2 <= len(kinds) <= MOST_IN_ALBUM and all(kind == "media" for kind in kinds)


def joined(contents: Sequence[str]) -> str:
    """Several texts as one, each on its own line; with an empty line between them if any of them has several lines."""
    text, entities = "", list[dict[str, Any]]()
    known_all = [json.loads(content) for content in contents]
    gap = "\n\n" if any("\n" in known["text"] for known in known_all) else "\n"
    for known in known_all:
        text += gap if text else ""
        start = _units(text)
        entities += [entity | {"offset": entity["offset"] + start} for entity in known["entities"]]
        text += known["text"]
    return json.dumps({"text": text, "entities": entities}, ensure_ascii=False)


def how_many_join(contents: Sequence[str]) -> int:
    """How many of these texts, from the first, can be sent as one message: they fit, and none has a quotation, such as
    what was forwarded. What somebody else wrote stays in a message of its own."""
    return _how_many_fit(list(takewhile(lambda content: not _has_quotation(content), contents)))


def _has_quotation(content: str) -> bool:
    return any(entity["type"] in _QUOTATIONS for entity in json.loads(content)["entities"])


def _how_many_fit(contents: Sequence[str]) -> int:
    """How many of these texts, from the first, fit into one message of `joined`."""
    units = entities = 0
    gap = 1
    for number, content in enumerate(contents):
        known = json.loads(content)
        units += _units(known["text"])
        entities += len(known["entities"])
        gap = 2 if "\n" in known["text"] else gap
        if units + gap * number > MOST_UNITS or entities > MOST_ENTITIES:
            return number
    return len(contents)


def words_of(kind: str, content: str) -> str | None:
    """The words of what was kept until it is passed on, without their markup; None if it has none, or Telegram alone
    knows them."""
    if kind in ("copy", "forward"):
        return None
    words: str = json.loads(content)["text"]
    return words or None


def fits(text: str, *, caption: bool = False) -> bool:
    """Whether a text is not too long for one message, or for the caption of a file."""
    return _units(text) <= (MOST_CAPTION_UNITS if caption else MOST_UNITS)


def _units(text: str) -> int:
    """The length of a text as Telegram counts it, in UTF-16."""
    return len(text) + sum(character > "\uffff" for character in text)


def ids(accepted: Accepted, parts: int) -> list[Accepted]:
    """The outcome for each part of an album, in order."""
    numbers = [Accepted(number) for number in accepted.reference.split(",")]
    # An answer with fewer ids does not say which part is missing.
    return numbers if len(numbers) == parts else [Accepted("")] * parts


def text_content(text: str, entities: Sequence[MessageEntity] = ()) -> str:
    """A text in the form in which it is kept until it is passed on."""
    return json.dumps({"text": text, "entities": [entity.to_dict() for entity in entities]}, ensure_ascii=False)
