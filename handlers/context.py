"""What a handler is given, and how it answers: the program's parts, the speaker, one message back."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import structlog
from telegram import Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from bot.channels import Accepted, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import send
from bot.message import Message
from bot.rules.runtime.retries import Retries
from bot.views.customers.private import sorry, too_fast
from bot.waiting import waiting_outside
from bot.work.customers.customer_activity import language_of, lost
from bot.work.runtime.intake import Unreadable
from bot.work.runtime.parts import BotParts
from locales import match_language, translator

log = structlog.get_logger()

AGAIN = Retries((1.0, 2.0, 5.0, 15.0))
_UNSAYABLE = re.compile("[\\ud800-\\udfff\\x00]")
MOST_DOUBTS = 4  # tries after one that may have arrived


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """python-telegram-bot's context with the program's parts; it keeps no state of any conversation."""

    @property
    def parts(self) -> BotParts:
        parts: BotParts = self.application.bot_data["parts"]
        return parts


async def answer(
    context: Context,
    chat_id: int,
    message: Message,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
) -> None:
    """Answers at once, and again where that cannot be delivered now, or a few times where it only may have arrived: to
    read an answer twice is better than to read none. The update is not handled again for it, so what it did stays done
    once."""
    doubts = 0
    for wait_s in AGAIN.each_wait_s():
        outcome = await send(
            context.bot, chat_id, message, thread_id=thread_id, reply_to=reply_to, priority=Priority.INTERACTIVE
        )
        if isinstance(outcome, Accepted) or await _is_final(context, chat_id, outcome):
            return
        doubts += outcome.reason == "in_doubt"
        if doubts > MOST_DOUBTS:
            return
        log.info("answer waits", reason=outcome.reason)
        with waiting_outside():
            await asyncio.sleep(wait_s)


async def _is_final(context: Context, chat_id: int, outcome: Refused) -> bool:
    """Whether another try is useless; a person whom nothing reaches any more is noted as such."""
    if outcome.address_lost:
        await lost(context.parts.db, chat_id, outcome.reason, context.parts.clock.now())
    elif outcome.for_good or outcome.reason in ("group_gone", "no_rights", "topic_closed"):
        log.warning("answer refused", reason=outcome.reason)  # its detail may quote what was to be said
    else:
        return False
    return True


async def answer_press(update: Update, toast: str = "") -> None:
    """Ends the waiting sign on a pressed button, with a few words over the chat if there are any. A press
    that is too old for that is answered all the same."""
    if update.callback_query is None:
        return
    try:
        await update.callback_query.answer(toast or None)
    except BadRequest:
        log.debug("press is too old to be acknowledged")
    except TelegramError as error:
        log.info("press not acknowledged", error=type(error).__name__)


async def dispatch(application: Application[Any, Any, Any, Any, Any, Any], body: str) -> None:
    """Hands an update (JSON, as it was written down) to the one handler that takes it. Errors are the caller's: it
    keeps the update and tries again, or puts aside what is `Unreadable`."""
    update = _read(application, body)
    for handler in application.handlers.get(0, ()):
        check = handler.check_update(update)
        if check is not None and check is not False:
            context = application.context_types.context.from_update(update, application)
            await handler.handle_update(update, application, check, context)
            return


def _read(application: Application[Any, Any, Any, Any, Any, Any], body: str) -> Update:
    """The update as the library has it. Whatever reading ends with: its words may hold what a person wrote, so they are
    left behind."""
    try:
        return Update.de_json(_sayable(json.loads(body)), application.bot)
    except Exception as error:
        kind = type(error).__name__
    raise Unreadable(kind)


def _sayable(value: Any) -> Any:
    """The same without what no database and no server takes: halves of surrogate pairs, and NUL. Each becomes one sign
    that is as long, so that the entities of a text stay where they are."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNSAYABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_sayable(key): _sayable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_sayable(part) for part in value]
    return value


async def say_sorry(application: Application[Any, Any, Any, Any, Any, Any], body: str) -> None:
    """Tells somebody in a private chat that what they asked could not be done: silence would be worse. What the library
    cannot read names its sender all the same."""
    asked = _asked(json.loads(body))
    chat, user = asked.get("chat"), asked.get("from")
    if not isinstance(chat, dict) or not isinstance(user, dict) or not isinstance(user.get("id"), int):
        return
    if chat.get("id") != user["id"]:  # a private chat has its person's id, and no group has
        return
    language = user.get("language_code")
    t = translator((match_language(language) if isinstance(language, str) else None) or "en")
    await send(application.bot, user["id"], sorry(t), priority=Priority.INTERACTIVE)


async def say_too_fast(application: Application[Any, Any, Any, Any, Any, Any], lane: str) -> None:
    """Tells somebody in a private chat that not all that they sent was read; in a group nobody asked."""
    if lane.isdecimal() and (user_id := int(lane)):
        parts: BotParts = application.bot_data["parts"]
        t = translator(await language_of(parts.db, user_id))
        await send(application.bot, user_id, too_fast(t), priority=Priority.INTERACTIVE)


def _asked(update: Any) -> dict[str, Any]:
    """The message of an update, or who pressed a button and where; empty for what asks nothing."""
    for name in ("message", "edited_message", "callback_query"):
        part = update.get(name) if isinstance(update, dict) else None
        if isinstance(part, dict):
            about = part.get("message") if name == "callback_query" else None
            return {**part, "chat": about.get("chat")} if isinstance(about, dict) else part
    return {}
