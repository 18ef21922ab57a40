"""Methods that look at chats, members and files, and show that the bot is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.constants import ChatAction, FileSizeLimit

from bot.sandbox import members
from bot.sandbox.errors import bad_request
from bot.sandbox.groups import Group
from bot.sandbox.methods.registry import find_chat, method, writable_chat
from bot.sandbox.params import Params
from bot.sandbox.people import Person

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_GIFTS = {
    "unlimited_gifts": True,
    "limited_gifts": True,
    "unique_gifts": True,
    "premium_subscription": True,
    "gifts_from_channels": True,
}


@method("getChat")
def get_chat(telegram: LocalTelegram, params: Params) -> Raw:
    chat = find_chat(telegram, params)
    full: Raw = {**chat.shown(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
    pinned = [chat.chat.find(number) for number in reversed(chat.chat.pinned)]
    for message in filter(None, pinned[:1]):
        full["pinned_message"] = message.quoted()
    return full


@method("getChatMember")
def get_chat_member(telegram: LocalTelegram, params: Params) -> Raw:
    chat = find_chat(telegram, params)
    user_id = params.integer("user_id")
    if user_id == telegram.bot["id"]:
        return chat.bot_member() if isinstance(chat, Group) else members.member(telegram.bot)
    person = telegram.people.get(user_id) if user_id is not None else None
    if person is None:
        raise bad_request("invalid user_id specified" if user_id is None else "PARTICIPANT_ID_INVALID")
    return _member(chat, person)


def _member(chat: Person | Group, person: Person) -> Raw:
    if not isinstance(chat, Group):
        return members.member(person.user)
    if person not in chat.members:
        return members.left(person.user)
    return members.owner(person.user) if person is chat.owner else members.member(person.user)


@method("getChatAdministrators")
def get_chat_administrators(telegram: LocalTelegram, params: Params) -> list[Raw]:
    chat = find_chat(telegram, params)
    if not isinstance(chat, Group):
        raise bad_request("there are no administrators in the private chat")
    admins = [members.owner(chat.owner.user)] if chat.members else []
    return [*admins, chat.bot_member()] if chat.bot_status == "administrator" else admins


@method("getChatMemberCount")
def get_chat_member_count(telegram: LocalTelegram, params: Params) -> int:
    chat = find_chat(telegram, params)
    return len(chat.members) + 1 if isinstance(chat, Group) else 2


@method("leaveChat")
def leave_chat(telegram: LocalTelegram, params: Params) -> bool:
    chat = find_chat(telegram, params)
    if not isinstance(chat, Group):
        raise bad_request("chat member status can't be changed in private chats")
    chat.bot_status = "left"
    telegram.changed()
    return True


@method("getFile")
def get_file(telegram: LocalTelegram, params: Params) -> Raw:
    stored = telegram.files.by_id(params.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.content) > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise bad_request("file is too big")
    return {**stored.shown(), "file_path": stored.path}


@method("sendChatAction")
def send_chat_action(telegram: LocalTelegram, params: Params) -> bool:
    if params.text("action") not in {str(action) for action in ChatAction}:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(telegram, params)
    chat.chat.acting = (telegram.real_time(), params.integer("message_thread_id"))
    telegram.changed()
    return True
