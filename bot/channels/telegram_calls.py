"""The Bot API calls behind the channel, the agents' group and the relays, each with a value as result.

A refusal of Telegram is returned as `Refused`; `telegram_refusals` says what it means. Our own texts are HTML by the
bot's defaults; what people wrote keeps its entities, and is never read as markup.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMedia,
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    KeyboardButton,
    MessageEntity,
    MessageId,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram import Message as Sent
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.rate_windows import chat_key, is_group
from bot.channels.telegram_answers import UNKNOWN_ID
from bot.channels.telegram_refusals import refusal
from bot.channels.telegram_wire import send_written, written_message
from bot.message import Button, Message

GENERAL_TOPIC = 1
"""The id of a forum's own first topic, which a message reaches only without a thread id."""

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove

_MEDIA: dict[str, Callable[..., InputMedia]] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "animation": InputMediaAnimation,
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
}

T = TypeVar("T")


def markup(message: Message) -> Markup | None:
    """What is below a message: buttons, the request for the person's contact, or the removal of that keyboard."""
    if message.buttons:
        return buttons(message.buttons)
    if message.ask_contact:
        own_contact = KeyboardButton(message.ask_contact, request_contact=True)
        return ReplyKeyboardMarkup([[own_contact]], resize_keyboard=True, one_time_keyboard=True)
    return ReplyKeyboardRemove() if message.drop_keyboard else None


def buttons(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url)
    return InlineKeyboardButton(button.label, callback_data=button.action)


async def send(
    bot: ExtBot[Priority],
    chat_id: int | str,
    message: Message,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    priority: Priority,
    paid: bool = False,
) -> Outcome:
    """Sends one of our own messages."""
    if reply_to is None and not is_group(chat_key(chat_id)):
        written = written_message(str(chat_id), message, thread_id=in_thread(thread_id), paid=paid)
        return await outcome(chat_id, send_written(bot, written, priority), str)
    return await outcome(
        chat_id,
        bot.send_message(
            chat_id,
            message.text,
            reply_markup=markup(message),
            disable_notification=message.silent or None,
            message_thread_id=in_thread(thread_id),
            reply_parameters=answering(reply_to),
            allow_paid_broadcast=paid or None,
            rate_limit_args=priority,
        ),
        number_of,
    )


async def say(
    bot: ExtBot[Priority],
    chat_id: int | str,
    text: str,
    entities: Sequence[MessageEntity] = (),
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    silent: bool = False,
    priority: Priority,
) -> Outcome:
    """Sends what a person wrote, with its entities: nothing in it is read as markup."""
    return await outcome(
        chat_id,
        bot.send_message(
            chat_id,
            text,
            parse_mode=None,
            entities=entities or None,
            disable_notification=silent or None,
            message_thread_id=in_thread(thread_id),
            reply_parameters=answering(reply_to),
            rate_limit_args=priority,
        ),
        number_of,
    )


async def send_photo(
    bot: ExtBot[Priority],
    chat_id: int | str,
    picture: bytes,
    caption: str,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    priority: Priority,
) -> Outcome:
    """Sends a picture of our own, a PNG; its caption is not read as markup."""
    return await outcome(
        chat_id,
        bot.send_photo(
            chat_id,
            picture,
            caption,
            filename="picture.png",
            parse_mode=None,
            message_thread_id=in_thread(thread_id),
            reply_parameters=answering(reply_to),
            rate_limit_args=priority,
        ),
        number_of,
    )


async def send_document(
    bot: ExtBot[Priority], chat_id: int | str, content: bytes, name: str, message: Message, *, priority: Priority
) -> Outcome:
    """Sends a file of our own, with a message as its caption."""
    return await outcome(
        chat_id,
        bot.send_document(
            chat_id,
            content,
            message.plain(),
            filename=name,
            parse_mode=None,
            reply_markup=markup(message),
            rate_limit_args=priority,
        ),
        number_of,
    )


async def copy(
    bot: ExtBot[Priority],
    *,
    from_chat_id: int | str,
    message_id: int,
    to_chat_id: int | str,
    thread_id: int | None = None,
    reply_to: int | None = None,
    silent: bool = False,
    caption: tuple[str, Sequence[MessageEntity]] | None = None,
    priority: Priority,
) -> Outcome:
    """Copies a message of any kind, without showing its author; `caption` replaces its own."""
    text, entities = caption or (None, None)
    return await outcome(
        to_chat_id,
        bot.copy_message(
            to_chat_id,
            from_chat_id,
            message_id,
            caption=text,
            parse_mode=None,
            caption_entities=entities,
            disable_notification=silent or None,
            message_thread_id=in_thread(thread_id),
            reply_parameters=answering(reply_to),
            rate_limit_args=priority,
        ),
        number_of,
    )


async def forward(
    bot: ExtBot[Priority],
    *,
    from_chat_id: int | str,
    message_id: int,
    to_chat_id: int | str,
    thread_id: int | None = None,
    priority: Priority,
) -> Outcome:
    """Forwards what was forwarded before: Telegram shows its first author, and not who passed it on."""
    return await outcome(
        to_chat_id,
        bot.forward_message(
            to_chat_id,
            from_chat_id,
            message_id,
            message_thread_id=in_thread(thread_id),
            rate_limit_args=priority,
        ),
        number_of,
    )


@dataclass(frozen=True, slots=True)
class AlbumPart:
    """One picture, video, audio or document of an album, by Telegram's id of its file."""

    kind: str
    file_id: str
    caption: str = ""
    entities: Sequence[MessageEntity] = ()
    spoiler: bool = False


ALBUM_KINDS = ("photo", "video", "audio", "document")
MOST_IN_ALBUM = 10
"""Bot API, sendMediaGroup: 2 to 10 of them."""


async def send_album(
    bot: ExtBot[Priority],
    chat_id: int | str,
    parts: Sequence[AlbumPart],
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    priority: Priority,
) -> Outcome:
    """Sends an album as one. Accepted contains the ids of all its messages, in order, with commas between them; an
    unknown id is empty. All arrive or none: copyMessages would leave out what it cannot copy without saying which."""
    call = bot.send_media_group(
        chat_id,
        [_album_media(part) for part in parts],
        message_thread_id=in_thread(thread_id),
        reply_parameters=answering(reply_to),
        rate_limit_args=priority,
    )
    return await outcome(chat_id, call, lambda sent: ",".join(number_of(message) for message in sent))


def _album_media(part: AlbumPart) -> Any:
    hidden = {"has_spoiler": True} if part.spoiler and part.kind in ("photo", "video") else {}
    about = {"caption": part.caption or None, "parse_mode": None, "caption_entities": part.entities or None}
    return _MEDIA[part.kind](part.file_id, **about, **hidden)


async def edit_text(
    bot: ExtBot[Priority],
    chat_id: int | str,
    message_id: int,
    text: str,
    entities: Sequence[MessageEntity] = (),
    *,
    priority: Priority,
) -> Outcome:
    """Replaces the words of a relayed text."""
    return await edited(
        chat_id,
        message_id,
        bot.edit_message_text(
            text, chat_id, message_id, parse_mode=None, entities=entities or None, rate_limit_args=priority
        ),
    )


async def edit_message(
    bot: ExtBot[Priority], chat_id: int | str, message_id: int, message: Message, *, priority: Priority
) -> Outcome:
    """Replaces one of our own messages with its buttons; without any, those below it go."""
    below = markup(message)
    call = bot.edit_message_text(
        message.text,
        chat_id,
        message_id,
        reply_markup=below if isinstance(below, InlineKeyboardMarkup) else None,
        rate_limit_args=priority,
    )
    return await edited(chat_id, message_id, call)


async def edit_buttons(
    bot: ExtBot[Priority],
    chat_id: int | str,
    message_id: int,
    rows: Sequence[Sequence[Button]],
    *,
    priority: Priority,
) -> Outcome:
    """Replaces the buttons below one of our own messages; its text stays."""
    below = buttons(rows) if rows else None
    call = bot.edit_message_reply_markup(chat_id, message_id, reply_markup=below, rate_limit_args=priority)
    return await edited(chat_id, message_id, call)


async def edit_caption(
    bot: ExtBot[Priority],
    chat_id: int | str,
    message_id: int,
    caption: str,
    entities: Sequence[MessageEntity] = (),
    *,
    priority: Priority,
) -> Outcome:
    """Replaces the caption of a relayed picture, file …; an empty one removes it."""
    return await edited(
        chat_id,
        message_id,
        bot.edit_message_caption(
            chat_id,
            message_id,
            caption=caption,
            parse_mode=None,
            caption_entities=entities or None,
            rate_limit_args=priority,
        ),
    )


async def edit_media(
    bot: ExtBot[Priority],
    chat_id: int | str,
    message_id: int,
    kind: str,
    file_id: str,
    caption: str = "",
    entities: Sequence[MessageEntity] = (),
    *,
    priority: Priority,
) -> Outcome:
    """Replaces the file of a relayed one. `kind` is photo, video, animation, audio or document."""
    if kind not in _MEDIA:
        raise ValueError(f"a message's file cannot become a {kind!r}, only one of {', '.join(_MEDIA)}")
    media = _MEDIA[kind](file_id, caption=caption or None, parse_mode=None, caption_entities=entities or None)
    call = bot.edit_message_media(media, chat_id, message_id, rate_limit_args=priority)
    return await edited(chat_id, message_id, call)


async def outcome(chat_id: int | str, call: Awaitable[T], reference: Callable[[T], str]) -> Outcome:
    """Makes a call to a chat and returns its outcome as a value."""
    try:
        answer = await call
    except TelegramError as error:
        return refusal(error, in_group=is_group(chat_key(chat_id)))
    return Accepted(reference(answer))


async def edited(chat_id: int | str, reference: int, call: Awaitable[object]) -> Outcome:
    """The same for calls that change something: if nothing had to change, it counts as done."""
    result = await outcome(chat_id, call, lambda _: str(reference))
    if isinstance(result, Refused) and result.reason == "not_modified":
        return Accepted(str(reference))
    return result


def number_of(sent: Sent | MessageId) -> str:
    return "" if sent.message_id == UNKNOWN_ID else str(sent.message_id)


def in_thread(thread_id: int | None) -> int | None:
    return None if thread_id == GENERAL_TOPIC else thread_id


def answering(message_id: int | None) -> ReplyParameters | None:
    """Replies to a message, or sends without a reply if that message is gone: the content matters more than its
    place."""
    return None if message_id is None else ReplyParameters(message_id, allow_sending_without_reply=True)
