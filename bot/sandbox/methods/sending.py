"""Methods that write a new message into a chat."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from telegram.constants import BulkRequestLimit, MediaGroupLimit

from bot.sandbox.errors import bad_request
from bot.sandbox.groups import Group
from bot.sandbox.keyboards import checked_markup
from bot.sandbox.messages import Message
from bot.sandbox.methods.ephemeral import receiver
from bot.sandbox.methods.media import input_media, media_content
from bot.sandbox.methods.registry import check_accepts, find_chat, find_message, method, writable_chat
from bot.sandbox.methods.texts import caption_content, caption_of, text_content
from bot.sandbox.params import Params

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_UNMIXED = ("document", "audio")


@method("sendMessage")
def send_message(telegram: LocalTelegram, params: Params) -> Raw:
    raw = _send(telegram, params, "sendMessage", text_content(telegram, params)).raw
    return raw | ({"message_id": 0} if "ephemeral_message_id" in raw else {})


@method("sendPhoto")
def send_photo(telegram: LocalTelegram, params: Params) -> Raw:
    return _send_media(telegram, params, "sendPhoto", "photo")


@method("sendDocument")
def send_document(telegram: LocalTelegram, params: Params) -> Raw:
    return _send_media(telegram, params, "sendDocument", "document")


@method("sendVoice")
def send_voice(telegram: LocalTelegram, params: Params) -> Raw:
    return _send_media(telegram, params, "sendVoice", "voice")


@method("sendVideo")
def send_video(telegram: LocalTelegram, params: Params) -> Raw:
    return _send_media(telegram, params, "sendVideo", "video")


@method("sendSticker")
def send_sticker(telegram: LocalTelegram, params: Params) -> Raw:
    return _send_media(telegram, params, "sendSticker", "sticker")


@method("sendContact")
def send_contact(telegram: LocalTelegram, params: Params) -> Raw:
    if not params.has("phone_number"):
        raise bad_request("PHONE_NUMBER_INVALID")
    contact = {key: params.text(key) for key in ("phone_number", "first_name", "last_name") if params.has(key)}
    return _send(telegram, params, "sendContact", {"contact": contact}).raw


@method("sendMediaGroup")
def send_media_group(telegram: LocalTelegram, params: Params) -> list[Raw]:
    items = params.json("media")
    if not isinstance(items, list) or not items:
        raise bad_request("can't parse media JSON object")
    if len(items) < MediaGroupLimit.MIN_MEDIA_LENGTH:
        raise bad_request("too few messages to send as an album")
    if len(items) > MediaGroupLimit.MAX_MEDIA_LENGTH:
        raise bad_request("too many messages to send as an album")
    if len({kind if (kind := str(item.get("type"))) in _UNMIXED else "seen" for item in items}) > 1:
        raise bad_request("document and audio can't be mixed with other media types")
    contents = []
    for item in items:
        if item.get("type") == "animation":
            raise bad_request("can't use animation in an album")
        content = input_media(telegram, params, item)
        caption = caption_of(
            telegram, item.get("caption", ""), item.get("parse_mode", ""), item.get("caption_entities")
        )
        contents.append(content | caption)
    return [
        message.raw
        for message in _send_together(telegram, params, "sendMediaGroup", contents, ["album"] * len(contents))
    ]


@method("copyMessage")
def copy_message(telegram: LocalTelegram, params: Params) -> Raw:
    source = find_message(find_chat(telegram, params, "from_chat_id"), params, "message to copy not found")
    content = source.content()
    if not source.copyable:
        raise bad_request("message can't be copied")
    if params.has("caption") and "text" not in content:
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
        content |= caption_content(telegram, params)
    return {"message_id": _send(telegram, params, "copyMessage", content).message_id}


@method("copyMessages")
def copy_messages(telegram: LocalTelegram, params: Params) -> list[Raw]:
    """Copies those that it can, in order, and skips the others; albums stay albums."""
    source = find_chat(telegram, params, "from_chat_id")
    numbers = params.json("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > BulkRequestLimit.MAX_LIMIT:
        raise bad_request("too many message identifiers specified")
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    found = [message for number in numbers if (message := source.chat.find(int(number))) and message.copyable]
    if not found:
        raise bad_request("there are no messages to copy")
    contents = [message.content() for message in found]
    if params.flag("remove_caption"):
        contents = [{key: one[key] for key in one if not key.startswith("caption")} for one in contents]
    albums = [message.raw.get("media_group_id") for message in found]
    sent = _send_together(telegram, params, "copyMessages", contents, albums)
    return [{"message_id": message.message_id} for message in sent]


@method("forwardMessage")
def forward_message(telegram: LocalTelegram, params: Params) -> Raw:
    source = find_message(find_chat(telegram, params, "from_chat_id"), params, "message to forward not found")
    content = source.content()
    if not content:
        raise bad_request("message can't be forwarded")
    origin = source.raw.get("forward_origin") or {
        "type": "user",
        "sender_user": source.raw["from"],
        "date": source.date,
    }
    return _send(telegram, params, "forwardMessage", {"forward_origin": origin, **content}).raw


def _send_together(
    telegram: LocalTelegram, params: Params, name: str, contents: list[Raw], albums: list[str | None]
) -> list[Message]:
    """Sends all or, where the limits have no room for all, none; what was of one album is of one again."""
    chat_id = params.integer("chat_id", 0) or 0
    if telegram.limits is not None:
        writable_chat(telegram, params)
        telegram.limits.check(chat_id, len(contents))
    new_ids: dict[str, str] = {}
    sent = []
    for content, album in zip(contents, albums, strict=True):
        group: Raw = {}
        if album is not None:
            group = {"media_group_id": new_ids.setdefault(album, str(13_000_000_000_000_000 + telegram.seq))}
        sent.append(_send(telegram, params, name, group | content, counted=True))
    return sent


def _send_media(telegram: LocalTelegram, params: Params, name: str, kind: str) -> Raw:
    caption = {} if kind == "sticker" else caption_content(telegram, params)
    content = media_content(telegram, params, kind)
    return _send(telegram, params, name, content | caption).raw


def _send(telegram: LocalTelegram, params: Params, name: str, content: Raw, *, counted: bool = False) -> Message:
    """Checks where the message goes, writes it and remembers that it was sent; `counted`: within the limits already."""
    chat_id = params.integer("chat_id", 0) or 0
    inline, keyboard = checked_markup(params.json("reply_markup"), private=chat_id > 0)
    chat = writable_chat(telegram, params)
    check_accepts(chat, content)
    place = _place(chat, params)
    if telegram.limits is not None and not counted:
        telegram.limits.check(chat_id)
    extra: Raw = {"reply_markup": inline} if inline else {}
    extra |= {"has_protected_content": True} if params.flag("protect_content") else {}
    extra |= receiver(telegram, chat, params)
    message = telegram.post(chat, telegram.bot, {**place, **content, **extra}, keyboard=keyboard)
    telegram.record_sent(name, message)
    return message


def _place(chat: Person | Group, params: Params) -> Raw:
    replied = _replied(chat, params)
    thread_id = params.integer("message_thread_id")
    if thread_id is not None:
        _check_thread(chat, thread_id)
    if not isinstance(chat, Group):
        topic = {} if thread_id is None else {"message_thread_id": thread_id, "is_topic_message": True}
        return topic | ({"reply_to_message": replied.quoted()} if replied else {})
    if thread_id is None and replied is not None and replied.thread_id is not None:
        thread_id = replied.thread_id
        _check_thread(chat, thread_id)
    return chat.placement(thread_id, replied)


def _check_thread(chat: Person | Group, thread_id: int) -> None:
    """Refuses what is no topic (General's id 1 is none either), and topics that are deleted or closed."""
    if not isinstance(chat, Group):
        if thread_id not in chat.topics:
            raise bad_request("message thread not found")
        return
    for topic in chat.topics:
        if topic.thread_id == thread_id:
            if topic.deleted:
                raise bad_request("TOPIC_DELETED" if topic.still_cached else "message thread not found")
            if topic.closed:
                raise bad_request("TOPIC_CLOSED")
            return
    raise bad_request("message thread not found")


def _replied(chat: Person | Group, params: Params) -> Message | None:
    reply = params.json("reply_parameters")
    reply = reply if isinstance(reply, dict) else {}
    number = reply.get("message_id", params.integer("reply_to_message_id"))
    if number is None:
        return None
    message = chat.chat.find(int(number))
    lenient = reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
    if message is None and not lenient:
        raise bad_request("message to be replied not found")
    return message
