"""What a handler gets, and how it answers: the program's parts, the speaker, one message back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Message as TelegramMessage
from telegram import Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.rate_windows import is_group
from bot.channels.telegram import edit_message, send
from bot.message import Message
from bot.rules.runtime.retries import Retries
from bot.views.customers.private import sorry, too_fast
from bot.views.menu import with_way_back
from bot.waiting import waiting_outside
from bot.work.customers.customer_activity import language_of, mark_unreachable
from bot.work.runtime.intake import Unreadable
from bot.work.runtime.parts import BotParts
from locales import match_language, translator
from storage.runtime import update_idempotency
from storage.runtime.deferred_writes import Afterwards, write_one_by_one

if TYPE_CHECKING:
    from handlers.customer.speakers import Talk
    from handlers.matching import Matching

log = structlog.get_logger()

AGAIN = Retries((1.0, 2.0, 5.0, 15.0))
_UNSAYABLE = re.compile("[\\ud800-\\udfff\\x00]")
_MAYBE_UNSAYABLE = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)  # in JSON that is ASCII, as it is stored
NO_TOPIC = ("topic_gone", "topic_closed")
TOAST_CHARS = 200  # of a notice over the chat (Bot API, answerCallbackQuery)
MOST_DOUBTS = 4  # tries after an unclear outcome


Nothing = dict[str, object]  # what the library would keep of a chat or a person
BotData = dict[str, BotParts]  # the parts, as "parts"


class Context(CallbackContext[ExtBot[Priority], Nothing, Nothing, BotData]):
    """python-telegram-bot's context with the program's parts; it stores no conversation state.

    `talk` is who speaks in this one update, once that was found out.
    """

    talk: Talk | None = None
    press_answered: bool = False  # the press has been answered with a notice over the chat
    absence_told: bool = False  # the customer has been told when somebody is there
    card_used: bool = False  # the message with the pressed button has been changed by an answer
    afterwards: tuple[Afterwards, ...] = ()  # what is to be written down as the update ends

    @property
    def parts(self) -> BotParts:
        return self.bot_data["parts"]


WalletApplication = Application[ExtBot[Priority], Context, Nothing, Nothing, BotData, None]


async def answer(
    context: Context,
    chat_id: int,
    message: Message,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
) -> None:
    """Answers at once. If that fails for now, tries again; if the answer may have arrived, a few times: to get an
    answer twice is better than to get none. The update is not handled again for this, so its work is done once.

    The first answer to a customer's button changes the message with the button, as long as Telegram allows it; any
    other is a message in the topic of a private chat in which they spoke, if there are topics."""
    doubts = 0
    priority = Priority.ANSWER if is_group(chat_id) else Priority.INTERACTIVE  # there, customers' words go first
    card = _card(context, chat_id, message)
    own_topic = _own_topic(context, chat_id) if thread_id is None else None
    for wait_s in AGAIN.each_wait_s():
        outcome = await _changed(context, chat_id, card, message) if card is not None else None
        if outcome is None or (isinstance(outcome, Refused) and outcome.for_good and not outcome.address_lost):
            card = None
            there = thread_id if own_topic is None else own_topic
            outcome = await send(context.bot, chat_id, message, thread_id=there, reply_to=reply_to, priority=priority)
        if own_topic is not None and isinstance(outcome, Refused) and outcome.reason in NO_TOPIC:
            own_topic = None  # deleted meanwhile: then in the chat itself
            outcome = await send(context.bot, chat_id, message, reply_to=reply_to, priority=Priority.INTERACTIVE)
        if isinstance(outcome, Accepted) or await _is_final(context, chat_id, outcome):
            return
        doubts += outcome.reason == "in_doubt"
        if doubts > MOST_DOUBTS:
            return
        log.info("answer waits", reason=outcome.reason)
        with waiting_outside():
            await asyncio.sleep(wait_s)


def _card(context: Context, chat_id: int, message: Message) -> int | None:
    """The message whose button the customer pressed, if the answer can take its place; once for each press."""
    query = context.talk.update.callback_query if context.talk is not None else None
    pressed = query.message if query is not None else None
    if context.card_used or not isinstance(pressed, TelegramMessage) or pressed.chat.id != chat_id:
        return None
    if message.ask_contact or message.drop_keyboard:  # they belong to a new message
        return None
    context.card_used = True
    return pressed.message_id


async def _changed(context: Context, chat_id: int, message_id: int, message: Message) -> Outcome:
    assert context.talk is not None
    shown = with_way_back(context.talk.t, message)
    return await edit_message(context.bot, chat_id, message_id, shown, priority=Priority.INTERACTIVE)


def _own_topic(context: Context, chat_id: int) -> int | None:
    """The topic of a private chat in which the customer spoke."""
    said = context.talk.update.effective_message if context.talk is not None else None
    if not isinstance(said, TelegramMessage) or said.chat.id != chat_id or not said.is_topic_message:
        return None
    return said.message_thread_id


async def _is_final(context: Context, chat_id: int, outcome: Refused) -> bool:
    """Whether another try is useless; a person who cannot be reached any more is marked so."""
    if outcome.address_lost:
        await mark_unreachable(context.parts.db, chat_id, outcome.reason, context.parts.clock.now())
    elif outcome.for_good or outcome.reason in ("group_gone", "no_rights", "topic_closed"):
        log.warning("answer refused", reason=outcome.reason)  # its detail may quote the message
    else:
        return False
    return True


async def answer_press(update: Update, toast: str = "") -> None:
    """Ends the waiting sign on a pressed button, with a short notice over the chat if `toast` is given. A press that is
    too old for this is handled anyway."""
    if update.callback_query is None:
        return
    try:
        await update.callback_query.answer(toast[:TOAST_CHARS] or None)
    except BadRequest:
        log.debug("press is too old to be acknowledged")
    except TelegramError as error:
        log.info("press not acknowledged", error=type(error).__name__)


async def dispatch(application: WalletApplication, matching: Matching, body: str) -> Sequence[Afterwards]:
    """Gives an update (JSON, as it was written down) to the one handler that takes it; returns what is to be written
    down as the update ends. The caller handles errors: it keeps the update and tries again, or puts it aside if it is
    `Unreadable`."""
    update = _read(application, body)
    for handler in matching.of(update):
        check = handler.check_update(update)
        if check is not None and check is not False:
            context = application.context_types.context.from_update(update, application)
            try:
                with update_idempotency.handling(update.update_id):
                    await handler.handle_update(update, application, check, context)
            except Exception:  # somebody was there all the same, even if no other try succeeds
                await write_one_by_one(context.parts.db, context.afterwards)
                raise
            finally:
                context.talk = None  # each refers to the other: they would stay until garbage is collected
            return context.afterwards
    return ()


def _read(application: WalletApplication, body: str) -> Update:
    """The update as the library's object. If reading fails, the error's text is dropped, because it may contain what a
    person wrote."""
    try:
        update = json.loads(body)
        return Update.de_json(_sayable(update) if _MAYBE_UNSAYABLE.search(body) else update, application.bot)
    except Exception as error:
        kind = type(error).__name__
    raise Unreadable(kind)


def _sayable(value: Any) -> Any:
    """The same without characters that no database and no server accepts: lone surrogates and NUL. Each is replaced by
    one of the same length, so that a text's entities keep their places."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNSAYABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_sayable(key): _sayable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_sayable(part) for part in value]
    return value


async def say_sorry(application: WalletApplication, body: str) -> None:
    """Tells somebody in a private chat that their request could not be done: silence would be worse. Even an update
    that the library cannot read names its sender."""
    asked = _asked(json.loads(body))
    chat, user = asked.get("chat"), asked.get("from")
    if not isinstance(chat, dict) or not isinstance(user, dict) or not isinstance(user.get("id"), int):
        return
    if chat.get("id") != user["id"]:  # a private chat has its person's id, a group never has
        return
    language = user.get("language_code")
    t = translator((match_language(language) if isinstance(language, str) else None) or "en")
    await send(application.bot, user["id"], sorry(t), priority=Priority.INTERACTIVE)


async def say_too_fast(application: WalletApplication, lane: str) -> None:
    """Tells somebody in a private chat that not all their messages were read; in a group nobody is told."""
    if lane.isdecimal() and (user_id := int(lane)):
        parts = application.bot_data["parts"]
        t = translator(await language_of(parts.db, user_id))
        await send(application.bot, user_id, too_fast(t), priority=Priority.INTERACTIVE)


def _asked(update: object) -> dict[str, Any]:
    """The message of an update, or the person who pressed a button, with the chat; empty for other updates."""
    for name in ("message", "edited_message", "callback_query"):
        part = update.get(name) if isinstance(update, dict) else None
        if isinstance(part, dict):
            about = part.get("message") if name == "callback_query" else None
            return {**part, "chat": about.get("chat")} if isinstance(about, dict) else part
    return {}
