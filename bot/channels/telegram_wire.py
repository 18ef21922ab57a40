"""One of our own messages as it goes over the wire, made without the library's objects, most of whose time goes into
copying what is the same in every message.

It is what the library would send for the same message with the bot's defaults; a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from telegram.constants import ParseMode
from telegram.ext import ExtBot
from telegram.request import RequestData

from bot.channels.rate_limiter import Priority
from bot.channels.telegram_answers import UNKNOWN_ID, needed
from bot.channels.telegram_transport import HeldBack
from bot.message import Button, Message

_NO_PREVIEW = json.dumps({"is_disabled": True})


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """The parameters of a call, in the shape in which a request of the library's reads them."""

    json_parameters: Mapping[str, str]
    multipart_data: None = None
    contains_files: bool = False


def written_message(
    chat_id: str, message: Message, *, thread_id: int | None = None, paid: bool = False
) -> dict[str, str]:
    """The parameters of sendMessage to a person; `paid` sends it at the rate for which Telegram charges Stars."""
    written = {
        "chat_id": chat_id,
        "text": message.text,
        "parse_mode": ParseMode.HTML.value,
        "link_preview_options": _NO_PREVIEW,
    }
    if markup := _markup(message):
        written["reply_markup"] = markup
    if thread_id is not None:
        written["message_thread_id"] = str(thread_id)
    if message.silent:
        written["disable_notification"] = "true"
    if paid:
        written["allow_paid_broadcast"] = "true"
    return written


async def _always() -> bool:
    return True


async def send_written(
    bot: ExtBot[Priority],
    parameters: Mapping[str, str],
    priority: Priority,
    may_leave: Callable[[], Awaitable[bool]] = _always,
) -> str:
    """sendMessage with its parameters as they go over the wire, which takes half the time of the
    library's own way. Returns the message's id, empty if the answer does not say it; raises `HeldBack` if `may_leave`
    says no when its turn has come, else what `send_message` raises."""

    async def leave() -> Any:
        if not await may_leave():
            raise HeldBack("it is not right any more")
        # The library's request wants no more of its data than this.
        return await bot.request.post(f"{bot.base_url}/sendMessage", cast(RequestData, WrittenForm(parameters)))

    limiter = bot.rate_limiter
    assert limiter is not None, "`build_bot` gives it one"
    answer = await limiter.process_request(leave, (), {}, "sendMessage", dict(parameters), priority)
    number = needed("sendMessage", answer)["message_id"]
    return "" if number == UNKNOWN_ID else str(number)


def _markup(message: Message) -> str:
    if message.buttons:
        return _keyboard(message.buttons)
    if message.ask_contact:
        own_contact = {"request_contact": True, "text": message.ask_contact}
        return json.dumps({"keyboard": [[own_contact]], "one_time_keyboard": True, "resize_keyboard": True})
    return json.dumps({"remove_keyboard": True}) if message.drop_keyboard else ""


@lru_cache(maxsize=256)  # the same below most messages in one language
def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> str:
    return json.dumps({"inline_keyboard": [[_button(button) for button in row] for row in rows]})


def _button(button: Button) -> dict[str, str]:
    action = {"url": button.url} if button.url else {"callback_data": button.action}
    return {"text": button.label, **action}
