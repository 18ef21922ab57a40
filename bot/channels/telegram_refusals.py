"""What the Bot API's refusals mean: python-telegram-bot's errors as `Refused`, each with a stable reason.

The Bot API distinguishes its reasons only by words, so the words are kept in one table. The caller decides whether to
try again, and how.
"""

from __future__ import annotations

import re

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels import Refused
from bot.channels.rate_limiter import flood_wait_s
from bot.channels.telegram_answers import Unreadable
from bot.channels.telegram_transport import MaybeSent, NotSent

DETAIL_CHARS = 200

# (words in the description in lower case, reason, for good). The first match counts.
_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("not modified", "not_modified", False),
    ("not_modified", "not_modified", False),
    ("blocked by the user", "blocked", True),
    ("user_is_blocked", "blocked", True),
    ("deactivated", "deactivated", True),
    ("initiate conversation", "cannot_initiate", True),
    ("messages to bots", "is_a_bot", True),
    ("messages to the bot", "is_a_bot", True),
    ("chat not found", "chat_not_found", True),
    ("user not found", "chat_not_found", True),
    ("peer_id_invalid", "chat_not_found", True),
    ("chat_id_invalid", "chat_not_found", True),
    ("upgraded to a supergroup", "migrated", True),
    ("bot was kicked", "group_gone", False),
    ("bot is not a member", "group_gone", False),
    ("group chat was deleted", "group_gone", False),
    ("channel_private", "group_gone", False),
    ("thread not found", "topic_gone", True),
    ("topic not found", "topic_gone", True),
    ("topic_deleted", "topic_gone", True),
    ("topic_id_invalid", "topic_gone", True),
    ("topic_closed", "topic_closed", False),
    ("not a forum", "not_a_forum", False),
    ("chat_forum_missing", "not_a_forum", False),
    ("not enough rights", "no_rights", False),
    ("no rights", "no_rights", False),
    ("administrator rights", "no_rights", False),
    ("chat_admin_required", "no_rights", False),
    ("chat_write_forbidden", "no_rights", False),
    ("right_forbidden", "no_rights", False),
    ("message to edit not found", "message_gone", True),
    ("message to copy not found", "message_gone", True),
    ("message to pin not found", "message_gone", True),
    ("message to be replied not found", "message_gone", True),
    ("replied message not found", "message_gone", True),
    ("message not found", "message_gone", True),
    ("message_id_invalid", "message_gone", True),
    ("message can't be edited", "not_editable", True),
    ("message can't be copied", "not_copyable", True),
    ("no messages to copy", "message_gone", True),
    ("voice_messages_forbidden", "voice_forbidden", True),
    ("user doesn't accept", "voice_forbidden", True),
    ("entity too large", "too_large", True),
    ("file is too big", "too_large", True),
    ("photo_invalid_dimensions", "too_large", True),
    ("caption is too long", "too_long", True),
    ("caption_too_long", "too_long", True),
    ("message is too long", "too_long", True),
    ("message_too_long", "too_long", True),
    ("wrong file identifier", "file_gone", True),
    ("file reference", "file_gone", True),
)

# What is final in a private chat can be fixed in a group: a wrong id, a removed bot, missing rights.
_IN_GROUP = {"chat_not_found": "group_gone", "deactivated": "group_gone", "forbidden": "no_rights"}

_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{10,}")


def refusal(error: TelegramError, *, in_group: bool = False) -> Refused:
    """The value for an error of a call to a person's chat, or to a group."""
    refused = _refusal(error)
    if in_group and refused.reason in _IN_GROUP:
        return Refused(False, _IN_GROUP[refused.reason], detail=refused.detail)
    return refused


def _refusal(error: TelegramError) -> Refused:
    if isinstance(error, RetryAfter):
        return Refused(False, "flood", retry_after_s=flood_wait_s(error), detail=_detail(error))
    if isinstance(error, ChatMigrated):
        return Refused(True, "migrated", detail=str(error.new_chat_id))
    if isinstance(error, InvalidToken):
        return Refused(False, "unauthorized")
    if isinstance(error, Conflict):
        return Refused(False, "conflict", detail=_detail(error))
    if isinstance(error, Unreadable):
        return Refused(False, "unreadable", detail=_detail(error))
    if isinstance(error, NotSent):
        return Refused(False, "network", detail=_detail(error))
    if isinstance(error, (MaybeSent, TimedOut)):
        return Refused(False, "in_doubt", detail=_detail(error))
    return _by_words(error)


def _by_words(error: TelegramError) -> Refused:
    said = error.message.lower()
    for words, reason, for_good in _WORDS:
        if words in said:
            return Refused(for_good, reason, detail=_detail(error))
    if isinstance(error, Forbidden):
        return Refused(True, "forbidden", detail=_detail(error))
    if isinstance(error, BadRequest):
        return Refused(True, "bad_request", detail=_detail(error))
    reason = "server_error" if isinstance(error, NetworkError) else "unknown"
    return Refused(False, reason, detail=_detail(error))


def _detail(error: TelegramError) -> str:
    return _TOKEN.sub("…", error.message)[:DETAIL_CHARS]
