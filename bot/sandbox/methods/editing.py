"""Methods that change, remove, pin or react to a message that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.constants import ReactionEmoji

from bot.sandbox.errors import bad_request
from bot.sandbox.groups import Group
from bot.sandbox.keyboards import checked_markup
from bot.sandbox.messages import CONTENT, Message
from bot.sandbox.methods.media import input_media
from bot.sandbox.methods.registry import find_chat, find_message, method, writable_chat
from bot.sandbox.methods.texts import caption_content, caption_of, text_content
from bot.sandbox.params import Params

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_DELETABLE_S = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_NO_PIN_RIGHT = "not enough rights to manage pinned messages in the chat"


@method("editMessageText")
def edit_message_text(telegram: LocalTelegram, params: Params) -> Raw:
    content = text_content(telegram, params)
    message = _editable(telegram, params)
    if "text" not in message.raw:
        raise bad_request("there is no text in the message to edit")
    return _edit(telegram, params, message, content, ("text", "entities", "link_preview_options"))


@method("editMessageCaption")
def edit_message_caption(telegram: LocalTelegram, params: Params) -> Raw:
    content = caption_content(telegram, params)
    message = _editable(telegram, params)
    if "text" in message.raw:
        raise bad_request("there is no caption in the message to edit")
    return _edit(telegram, params, message, content, ("caption", "caption_entities"))


@method("editMessageMedia")
def edit_message_media(telegram: LocalTelegram, params: Params) -> Raw:
    media = params.json("media")
    content = input_media(telegram, params, media)
    caption = caption_of(telegram, media.get("caption", ""), media.get("parse_mode", ""), media.get("caption_entities"))
    return _edit(telegram, params, _editable(telegram, params), content | caption, CONTENT)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(telegram: LocalTelegram, params: Params) -> Raw:
    return _edit(telegram, params, _editable(telegram, params), {}, ())


def _editable(telegram: LocalTelegram, params: Params) -> Message:
    if params.has("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    message = find_message(writable_chat(telegram, params), params, "message to edit not found")
    if not message.from_bot or message.is_service or message.keyboard is not None:
        raise bad_request("message can't be edited")
    return message


def _edit(telegram: LocalTelegram, params: Params, message: Message, content: Raw, replaced: tuple[str, ...]) -> Raw:
    """Replaces the fields `replaced` by `content`; the inline keyboard by the one given, or by none."""
    inline, keyboard = checked_markup(params.json("reply_markup"), private=message.chat_id > 0)
    if keyboard is not None:
        raise bad_request("inline keyboard expected")
    new = {key: value for key, value in message.raw.items() if key not in (*replaced, "reply_markup", "edit_date")}
    new |= content | ({"reply_markup": inline} if inline else {})
    if new == {key: value for key, value in message.raw.items() if key != "edit_date"}:
        raise bad_request(_NOT_MODIFIED)
    message.raw = {**new, "edit_date": telegram.now()}
    telegram.changed(message)
    return message.raw


@method("deleteMessage")
def delete_message(telegram: LocalTelegram, params: Params) -> bool:
    chat = writable_chat(telegram, params)
    _delete(telegram, chat, find_message(chat, params, "message to delete not found"))
    return True


@method("deleteMessages")
def delete_messages(telegram: LocalTelegram, params: Params) -> bool:
    """Deletes those it can; the others are skipped, as Telegram does."""
    chat = writable_chat(telegram, params)
    numbers = params.json("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise bad_request("message identifiers are not specified")
    for message in filter(None, (chat.chat.find(int(number)) for number in numbers)):
        if _deletable(telegram, chat, message):
            _delete(telegram, chat, message)
    return True


def _deletable(telegram: LocalTelegram, chat: Person | Group, message: Message) -> bool:
    if isinstance(chat, Group) and chat.bot_may("can_delete_messages"):
        return True
    mine_to_delete = message.from_bot or not isinstance(chat, Group)
    return mine_to_delete and telegram.now() - message.date < _DELETABLE_S


def _delete(telegram: LocalTelegram, chat: Person | Group, message: Message) -> None:
    if not _deletable(telegram, chat, message):
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    telegram.changed(message)


@method("pinChatMessage")
def pin_chat_message(telegram: LocalTelegram, params: Params) -> bool:
    chat = writable_chat(telegram, params)
    message = find_message(chat, params, "message to pin not found")
    _check_may_pin(chat)
    if message.message_id in chat.chat.pinned:
        return True
    chat.chat.pinned.append(message.message_id)
    if isinstance(chat, Group):
        service = telegram.post(chat, telegram.bot, _pin_place(message) | {"pinned_message": message.quoted()})
        chat.tell("message", service)
    else:
        service = telegram.post(chat, telegram.bot, {"pinned_message": message.quoted()})
        telegram.tell("message", service.raw)
    return True


def _pin_place(message: Message) -> Raw:
    return {} if message.thread_id is None else {"message_thread_id": message.thread_id, "is_topic_message": True}


@method("unpinChatMessage")
def unpin_chat_message(telegram: LocalTelegram, params: Params) -> bool:
    chat = writable_chat(telegram, params)
    _check_may_pin(chat)
    if not params.has("message_id"):
        del chat.chat.pinned[-1:]
    else:
        message = find_message(chat, params, "message to unpin not found")
        chat.chat.pinned = [number for number in chat.chat.pinned if number != message.message_id]
    telegram.changed()
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(telegram: LocalTelegram, params: Params) -> bool:
    chat = writable_chat(telegram, params)
    _check_may_pin(chat)
    chat.chat.pinned.clear()
    telegram.changed()
    return True


def _check_may_pin(chat: Person | Group) -> None:
    if isinstance(chat, Group) and not chat.bot_may("can_pin_messages"):
        raise bad_request(_NO_PIN_RIGHT)


@method("setMessageReaction")
def set_message_reaction(telegram: LocalTelegram, params: Params) -> bool:
    chat = find_chat(telegram, params)
    message = find_message(chat, params, "message to react not found")
    reactions = params.json("reaction") or []
    if not isinstance(reactions, list) or len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message.reactions.pop(0, None)
    for reaction in reactions:
        emoji = str(reaction.get("emoji", ""))
        if emoji not in {str(known) for known in ReactionEmoji}:
            raise bad_request("REACTION_INVALID")
        message.reactions[0] = emoji
    telegram.changed(message)
    return True
