"""One of our own messages as it goes over the wire, made without the library's objects, most of whose time goes into
copying what is the same in every reminder.

It is what the library would send for the same message with the bot's defaults; a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from telegram.constants import ParseMode

from bot.message import Button, Message

_NO_PREVIEW = json.dumps({"is_disabled": True})


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """The parameters of a call, in the shape in which a request of the library's reads them."""

    json_parameters: Mapping[str, str]
    multipart_data: None = None
    contains_files: bool = False


def written_message(chat_id: str, message: Message, *, paid: bool = False) -> dict[str, str]:
    """The parameters of sendMessage; `paid` sends it at the rate for which Telegram charges Stars."""
    written = {
        "chat_id": chat_id,
        "text": message.text,
        "parse_mode": ParseMode.HTML.value,
        "link_preview_options": _NO_PREVIEW,
    }
    if markup := _markup(message):
        written["reply_markup"] = markup
    if message.silent:
        written["disable_notification"] = "true"
    if paid:
        written["allow_paid_broadcast"] = "true"
    return written


def _markup(message: Message) -> str:
    if message.buttons:
        return _keyboard(message.buttons)
    if message.ask_contact:
        own_contact = {"request_contact": True, "text": message.ask_contact}
        return json.dumps({"keyboard": [[own_contact]], "one_time_keyboard": True, "resize_keyboard": True})
    return json.dumps({"remove_keyboard": True}) if message.drop_keyboard else ""


@lru_cache(maxsize=256)  # the same below most reminders in one language
def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> str:
    return json.dumps({"inline_keyboard": [[_button(button) for button in row] for row in rows]})


def _button(button: Button) -> dict[str, str]:
    action = {"url": button.url} if button.url else {"callback_data": button.action}
    return {"text": button.label, **action}
