"""Keyboards: what Telegram accepts of a bot's `reply_markup`, and which buttons a person sees."""

from __future__ import annotations

from typing import Any

from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, ReplyLimit

from bot.sandbox.entities import utf16_length
from bot.sandbox.errors import bad_request
from bot.sandbox.markup import checked_url
from bot.sandbox.messages import Message

Raw = dict[str, Any]

_ACTIONS = {
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
}


def checked_markup(markup: Any, *, private: bool) -> tuple[Raw | None, Raw | None]:
    """(inline keyboard, keyboard of the person's phone) as accepted; refuses as Telegram does."""
    if markup is None or markup == "":
        return None, None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], _inline_button)
        if sum(map(len, rows)) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
            raise bad_request("reply markup is too long")
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], lambda button: _key(button, private=private))
        return None, {**markup, "keyboard": rows} | _placeholder(markup)
    if "remove_keyboard" in markup or "force_reply" in markup:
        return None, {**markup} | _placeholder(markup)
    return None, None


def _rows(rows: Any, check: Any) -> list[list[Raw]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be of type Array of Arrays')
    return [[check(button) for button in row] for row in rows if row]


def _inline_button(button: Any) -> Raw:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not _ACTIONS & set(button):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    checked = dict(button)
    if "callback_data" in button:
        _check_callback_data(button["callback_data"])
    if "url" in button:
        url = checked_url(str(button["url"]))
        if url is None:
            raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
        checked["url"] = url
    if "copy_text" in button and not 1 <= len(button["copy_text"].get("text", "")) <= _COPY_MAX:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return checked


_COPY_MAX = InlineKeyboardButtonLimit.MAX_COPY_TEXT


def _check_callback_data(data: Any) -> None:
    size = len(data.encode()) if isinstance(data, str) else 0
    if not InlineKeyboardButtonLimit.MIN_CALLBACK_DATA <= size <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")


def _key(button: Any, *, private: bool) -> Raw:
    key = {"text": button} if isinstance(button, str) else button
    if not isinstance(key, dict) or not isinstance(key.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if not key["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if (key.get("request_contact") or key.get("request_location")) and not private:
        raise bad_request("phone number can be requested in private chats only")
    return dict(key)


def _placeholder(markup: Raw) -> Raw:
    text = markup.get("input_field_placeholder")
    if text is not None and utf16_length(text) > ReplyLimit.MAX_INPUT_FIELD_PLACEHOLDER:
        raise bad_request("INPUT_FIELD_PLACEHOLDER_INVALID")
    return {}


def find_button(label: str, messages: list[Message], keyboard: Raw | None) -> tuple[Raw, Message | None] | None:
    """The newest visible button with that label, or else the newest that contains it; no message: a keyboard's key."""
    keys = [key for row in (keyboard or {}).get("keyboard", []) for key in row]
    for fits in (lambda text: text == label, lambda text: label.casefold() in text.casefold()):
        for message in reversed(messages):
            for row in message.rows:
                for button in row:
                    if fits(button["text"]):
                        return button, message
        for key in keys:
            if fits(key["text"]):
                return key, None
    return None


def visible_buttons(messages: list[Message]) -> list[str]:
    """A line for each message with buttons, newest first."""
    return [message.describe() for message in reversed(messages) if message.buttons]


def keyboard_labels(keyboard: Raw | None) -> list[str]:
    return [key["text"] for row in (keyboard or {}).get("keyboard", []) for key in row]
