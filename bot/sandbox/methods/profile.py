"""Methods for the bot's own face: commands, name, descriptions, menu button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from telegram.constants import BotCommandLimit, BotDescriptionLimit, BotNameLimit

from bot.sandbox.errors import bad_request
from bot.sandbox.methods.registry import method
from bot.sandbox.params import Params

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}


@method("setMyCommands")
def set_my_commands(telegram: LocalTelegram, params: Params) -> bool:
    commands = params.json("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(commands) > BotCommandLimit.MAX_COMMAND_NUMBER:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    checked = [_command(command) for command in commands]
    telegram.profile.set_commands(_scope(telegram, params), _language(params), checked)
    telegram.changed()
    return True


@method("getMyCommands")
def get_my_commands(telegram: LocalTelegram, params: Params) -> list[Raw]:
    return telegram.profile.commands(_scope(telegram, params), _language(params))


@method("deleteMyCommands")
def delete_my_commands(telegram: LocalTelegram, params: Params) -> bool:
    telegram.profile.delete_commands(_scope(telegram, params), _language(params))
    telegram.changed()
    return True


def _command(command: Any) -> Raw:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", "")).strip()
    if not re.fullmatch(rf"[a-z0-9_]{{{int(BotCommandLimit.MIN_COMMAND)},{int(BotCommandLimit.MAX_COMMAND)}}}", name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not BotCommandLimit.MIN_DESCRIPTION <= len(description) <= BotCommandLimit.MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def _scope(telegram: LocalTelegram, params: Params) -> Raw:
    scope = params.json("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    chat_id = scope.get("chat_id")
    if chat_id is not None and int(chat_id) not in {*telegram.people, *telegram.groups}:
        raise bad_request("chat not found")
    return scope


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


@method("setMyName")
def set_my_name(telegram: LocalTelegram, params: Params) -> bool:
    return _set(telegram, params, "name", int(BotNameLimit.MAX_NAME_LENGTH), "BOT_TITLE_INVALID")


@method("setMyDescription")
def set_my_description(telegram: LocalTelegram, params: Params) -> bool:
    limit = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
    return _set(telegram, params, "description", limit, "BOT_DESCRIPTION_INVALID")


@method("setMyShortDescription")
def set_my_short_description(telegram: LocalTelegram, params: Params) -> bool:
    limit = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)
    return _set(telegram, params, "short_description", limit, "BOT_SHORT_DESCRIPTION_INVALID")


def _set(telegram: LocalTelegram, params: Params, what: str, limit: int, refusal: str) -> bool:
    text = params.text(what)
    if len(text) > limit:
        raise bad_request(refusal)
    telegram.profile.set_text(what, _language(params), text)
    telegram.changed()
    return True


@method("getMyName")
def get_my_name(telegram: LocalTelegram, params: Params) -> Raw:
    return {"name": telegram.profile.text("name", _language(params))}


@method("getMyDescription")
def get_my_description(telegram: LocalTelegram, params: Params) -> Raw:
    return {"description": telegram.profile.text("description", _language(params))}


@method("getMyShortDescription")
def get_my_short_description(telegram: LocalTelegram, params: Params) -> Raw:
    return {"short_description": telegram.profile.text("short_description", _language(params))}


@method("setChatMenuButton")
def set_chat_menu_button(telegram: LocalTelegram, params: Params) -> bool:
    button = params.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise bad_request("can't parse menu button: unsupported menu button type specified")
    telegram.profile.menu_buttons[params.integer("chat_id", 0) or 0] = button
    return True


@method("getChatMenuButton")
def get_chat_menu_button(telegram: LocalTelegram, params: Params) -> Raw:
    buttons = telegram.profile.menu_buttons
    return buttons.get(params.integer("chat_id", 0) or 0) or buttons.get(0) or {"type": "commands"}
