"""Ephemeral messages (Bot API 10.2 and 10.3): whom a call writes to alone, and deleting what was written so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.groups import Group
from bot.sandbox.methods.registry import find_chat, method
from bot.sandbox.people import Person

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.state import LocalTelegram


def receiver(telegram: LocalTelegram, chat: Person | Group, params: Params) -> dict[str, Any]:
    """The fields of a message that only its receiver sees; nothing if a call asks for none, or the server is older."""
    user_id = _receiver_id(telegram, params)
    if user_id is None:
        return {}
    if not isinstance(chat, Group) or chat.bot_status != "administrator":
        raise bad_request("BOT_NOT_ADMIN")
    person = telegram.people.get(user_id)
    if person is None or person not in chat.members:
        raise bad_request("USER_NOT_PARTICIPANT")
    return {"receiver_user": person.user, "ephemeral_message_id": telegram.seq + 1}


def _receiver_id(telegram: LocalTelegram, params: Params) -> int | None:
    if telegram.ephemeral == "10.2":
        return params.integer("receiver_user_id")
    given = params.json("ephemeral_message_parameters") if telegram.ephemeral == "10.3" else None
    return int(given["receiver_user_id"]) if isinstance(given, dict) else None


@method("deleteEphemeralMessage")
def delete_ephemeral_message(telegram: LocalTelegram, params: Params) -> bool:
    if telegram.ephemeral is None:
        raise ApiError(404, "Not Found")
    chat = find_chat(telegram, params)
    for message in chat.chat.everything:
        if message.raw.get("ephemeral_message_id") == params.integer("ephemeral_message_id"):
            message.deleted = True
            telegram.changed(message)
            return True
    raise bad_request("message to delete not found")
