"""Where the methods are registered, and the look-ups most of them begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.groups import Group
from bot.sandbox.messages import Message
from bot.sandbox.people import Person

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.state import LocalTelegram

Method = Callable[["LocalTelegram", "Params"], Any]

METHODS: dict[str, Method] = {}


def method(*names: str) -> Callable[[Method], Method]:
    """Registers a function as the Bot API methods of these names."""

    def register(function: Method) -> Method:
        for name in names:
            METHODS[name.lower()] = function
        return function

    return register


def find_chat(telegram: LocalTelegram, params: Params, name: str = "chat_id") -> Person | Group:
    """The chat of a call, even if the person has not started it; refuses unknown ones and those that moved."""
    if not params.has(name):
        raise bad_request(f"{name} is empty" if name == "chat_id" else f"{name} isn't specified")
    chat_id = params.integer(name)
    if chat_id in telegram.moved:
        new = telegram.moved[chat_id]
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=new)
    chat: Person | Group | None = None
    if chat_id is not None:
        chat = telegram.groups.get(chat_id) or telegram.people.get(chat_id)
    if chat is None:
        raise bad_request("chat not found")
    if isinstance(chat, Group) and not chat.has_bot:
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    return chat


def writable_chat(telegram: LocalTelegram, params: Params) -> Person | Group:
    """The chat a call names, if the bot can write to it."""
    chat = find_chat(telegram, params)
    if isinstance(chat, Person):
        if chat.deactivated:
            raise forbidden("user is deactivated")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
    return chat


def check_accepts(chat: Person | Group, content: Mapping[str, Any]) -> None:
    """Refuses voice and video messages to a person who accepts none."""
    if isinstance(chat, Person) and chat.forbids_voice and ("voice" in content or "video_note" in content):
        raise bad_request("VOICE_MESSAGES_FORBIDDEN")


def find_message(chat: Person | Group, params: Params, missing: str, name: str = "message_id") -> Message:
    """The message a call names in `chat`; `missing` is how the refusal calls it."""
    number = params.integer(name)
    if number is None:
        raise bad_request("message identifier is not specified")
    message = chat.chat.find(number)
    if message is None:
        raise bad_request(missing)
    return message
