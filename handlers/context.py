"""What a handler is given, and how it answers: the program's parts, the speaker, one message back."""

from __future__ import annotations

import asyncio
import json
from itertools import chain, repeat
from typing import Any

import structlog
from telegram import Update
from telegram.constants import ChatType
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from bot.channels import Accepted, Refused
from bot.channels.pacer import Priority
from bot.channels.telegram import send
from bot.message import Message
from bot.views.private import sorry
from bot.work.hearing import lost
from bot.work.parts import Parts
from locales import match_language, translator

log = structlog.get_logger()

AGAIN_AFTER_S = (1.0, 2.0, 5.0, 15.0)  # the last one again and again
MOST_DOUBTS = 2  # tries after one that may have arrived


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """python-telegram-bot's context with the program's parts; it keeps no state of any conversation."""

    @property
    def parts(self) -> Parts:
        parts: Parts = self.application.bot_data["parts"]
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
    for wait_s in chain(AGAIN_AFTER_S, repeat(AGAIN_AFTER_S[-1])):
        outcome = await send(
            context.bot, chat_id, message, thread_id=thread_id, reply_to=reply_to, priority=Priority.INTERACTIVE
        )
        if isinstance(outcome, Accepted) or await _is_final(context, chat_id, outcome):
            return
        doubts += outcome.reason == "in_doubt"
        if doubts > MOST_DOUBTS:
            return
        log.info("answer waits", reason=outcome.reason)
        await asyncio.sleep(wait_s)


async def _is_final(context: Context, chat_id: int, outcome: Refused) -> bool:
    """Whether another try is useless; a person whom nothing reaches any more is noted as such."""
    if outcome.address_lost:
        await lost(context.parts.db, chat_id, outcome.reason, context.parts.clock.now())
    elif outcome.for_good or outcome.reason in ("group_gone", "no_rights", "topic_closed"):
        log.warning("answer refused", reason=outcome.reason, detail=outcome.detail)
    else:
        return False
    return True


async def answer_press(update: Update) -> None:
    """Ends the waiting sign on a pressed button. A press that is too old for that is answered all the same."""
    if update.callback_query is None:
        return
    try:
        await update.callback_query.answer()
    except BadRequest:
        log.debug("press is too old to be acknowledged")
    except TelegramError as error:
        log.info("press not acknowledged", error=type(error).__name__)


async def dispatch(application: Application[Any, Any, Any, Any, Any, Any], body: str) -> None:
    """Hands an update (JSON, as it was written down) to the one handler that takes it. Errors are the caller's: it
    keeps the update and tries again."""
    update = Update.de_json(json.loads(body), application.bot)
    for handler in application.handlers.get(0, ()):
        check = handler.check_update(update)
        if check is not None and check is not False:
            context = application.context_types.context.from_update(update, application)
            await handler.handle_update(update, application, check, context)
            return


async def say_sorry(application: Application[Any, Any, Any, Any, Any, Any], body: str) -> None:
    """Tells somebody in a private chat that what they asked could not be done: silence would be worse."""
    update = Update.de_json(json.loads(body), application.bot)
    chat, user = update.effective_chat, update.effective_user
    if chat is None or user is None or chat.type != ChatType.PRIVATE or update.my_chat_member is not None:
        return
    t = translator(match_language(user.language_code or "") or "en")
    await send(application.bot, chat.id, sorry(t), priority=Priority.INTERACTIVE)
