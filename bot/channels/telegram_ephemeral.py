"""Ephemeral messages (Bot API 10.2 and 10.3): words in a group that one member sees, and nobody else.

A server that does not know them ignores the parameter and would show the words to the whole group. So it is asked first
whether it has `deleteEphemeralMessage`, without arguments, which does nothing; and should an answer have no ephemeral
message's number all the same, the message is deleted at once. What the server knows is remembered while the process
runs.

Telegram does not promise that the words arrive, so nothing may depend on it: who is not there gets a private message.
"""

from __future__ import annotations

import structlog
from telegram.error import BadRequest, EndPointNotFound, TelegramError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority
from bot.channels.rate_windows import is_group
from bot.message import Message

log = structlog.get_logger()

NUMBER = "ephemeral_message_id"
MOST_DELETES = 5


class Ephemeral:
    """What one bot's server knows of ephemeral messages, and sending them."""

    def __init__(self, bot: ExtBot[Priority]) -> None:
        self._bot = bot
        self._is_known: bool | None = None

    async def whisper(self, chat_id: int, user_id: int, message: Message, *, thread_id: int | None = None) -> bool:
        """Shows a message of the bot's own in a group to one member. False if that is not possible here, or not now:
        the caller says it another way. A message with buttons never is, as it could not be changed as others are."""
        if not is_group(chat_id) or message.buttons or not await self._knows():
            return False
        only_for = {"receiver_user_id": user_id}  # 10.3 reads it as a part of its parameters, 10.2 alone
        try:
            sent = await self._bot.send_message(
                chat_id,
                message.text,
                message_thread_id=thread_id,
                rate_limit_args=Priority.ANSWER,
                api_kwargs={"ephemeral_message_parameters": only_for, **only_for},
            )
            if sent.api_kwargs.get(NUMBER):
                return True
            self._is_known = False
            log.warning(
                "the Bot API server shows ephemeral messages to everybody; they are sent in private from now on"
            )
        except TelegramError as refused:
            log.info("an ephemeral message was refused", error=type(refused).__name__)
            return False
        await self._take_away(chat_id, sent.message_id)
        return False

    async def _take_away(self, chat_id: int, message_id: int) -> None:
        """Deletes what everybody sees, and tries that again: it may be a phone number."""
        for left in reversed(range(MOST_DELETES)):
            try:
                await self._bot.delete_message(chat_id, message_id, rate_limit_args=Priority.ANSWER)
            except TelegramError as refused:
                log.warning("what everybody sees could not be deleted", error=type(refused).__name__, tries_left=left)
            else:
                return

    async def _knows(self) -> bool:
        if self._is_known is None:
            try:
                await self._bot.do_api_request("deleteEphemeralMessage", rate_limit_args=Priority.ANSWER)
            except EndPointNotFound:
                self._is_known = False
            except BadRequest:  # it misses its arguments
                self._is_known = True
            except TelegramError as refused:
                log.info("whether there are ephemeral messages is not clear yet", error=type(refused).__name__)
        return bool(self._is_known)
