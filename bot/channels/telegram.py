"""Telegram as a channel: the bot object, and messages to people.

Every call to Telegram is listed here; `telegram_calls` makes the calls, `telegram_forum` is the agents' group,
`telegram_refusals` says what refusals mean. A refusal of Telegram is never raised: it is a value.
"""

from __future__ import annotations

import logging
from typing import Any

from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import InvalidToken
from telegram.ext import Defaults, ExtBot

from bot.channels import NOT_LEFT, Envelope, Outcome
from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram_answers import needed
from bot.channels.telegram_calls import (
    buttons,
    copy,
    edit_buttons,
    edit_caption,
    edit_media,
    edit_message,
    edit_text,
    markup,
    outcome,
    say,
    send,
    send_document,
    send_photo,
)
from bot.channels.telegram_ephemeral import Ephemeral
from bot.channels.telegram_forum import Forum
from bot.channels.telegram_refusals import refusal
from bot.channels.telegram_transport import UPDATES_BYTES, AiohttpRequest, HeldBack
from bot.channels.telegram_wire import send_written, written_message
from bot.message import Message

__all__ = [
    "Forum",
    "Priority",
    "TelegramChannel",
    "WalletBot",
    "build_bot",
    "buttons",
    "copy",
    "edit_buttons",
    "edit_caption",
    "edit_media",
    "edit_message",
    "edit_text",
    "markup",
    "refusal",
    "say",
    "send",
    "send_document",
    "send_photo",
]


class WalletBot(ExtBot[Priority]):
    """A bot that shows its token nowhere (the library puts it into an error and into `repr`), and that reads no more of
    an answer than `telegram_answers` needs."""

    __slots__ = ()

    async def initialize(self) -> None:
        rejected = False
        try:
            await super().initialize()
        except InvalidToken:
            rejected = True
        if rejected:
            raise InvalidToken("the Bot API server rejected the token: set DUEBOT_TOKEN to the one @BotFather gave")

    async def _do_post(self, endpoint: str, data: dict[str, Any], **timeouts: Any) -> Any:
        return needed(endpoint, await super()._do_post(endpoint, data, **timeouts))

    async def ask(self, endpoint: str, **data: Any) -> dict[str, Any]:
        """The result of a call that asks for something, unchanged; empty if it is not an object."""
        result = await self._post(endpoint, data)
        return result if isinstance(result, dict) else {}

    def __repr__(self) -> str:
        return "the bot"


def build_bot(settings_token: str, api: str, limiter: RateLimiter) -> WalletBot:
    """The bot on the Bot API server `api` (`https://host`), with every call through the limiter. Texts are HTML, and
    links show no preview, unless a call says otherwise. Not open yet: `initialize` opens it."""
    logging.getLogger("telegram.ext.ExtBot").setLevel(logging.INFO)  # its debug lines contain the token
    server = api.rstrip("/")
    return WalletBot(
        token=settings_token,
        base_url=f"{server}/bot",
        base_file_url=f"{server}/file/bot",
        request=AiohttpRequest(read_timeout=10.0),
        get_updates_request=AiohttpRequest(connection_limit=2, grace_s=0.0, answer_bytes=UPDATES_BYTES),
        defaults=Defaults(parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=limiter,
    )


class TelegramChannel:
    """Messages to people; an address is the id of the private chat. `paid_broadcast` sends bulk messages at the rate
    for which Telegram charges Stars."""

    name = "telegram"
    at_once = None

    def __init__(self, bot: WalletBot, *, paid_broadcast: bool = False) -> None:
        self._bot = bot
        self._paid_broadcast = paid_broadcast
        self._ephemeral = Ephemeral(bot)

    @property
    def username(self) -> str:
        """The bot's, without '@', as Telegram gave it when the bot was initialized."""
        return self._bot.username

    async def deliver(self, address: str, message: Message, *, priority: Priority = Priority.BULK) -> Outcome:
        """Sends a message to a person. Accepted contains the message's id, and does not mean that it was read."""
        return await send(
            self._bot,
            address,
            message,
            priority=priority,
            paid=self._paid_broadcast and priority is Priority.BULK,
        )

    def is_free(self, chat_id: int) -> bool:
        """Whether an answer in this chat would go soon; in a group others may have to go first."""
        limiter = self._bot.rate_limiter
        return limiter.is_free(chat_id) if isinstance(limiter, RateLimiter) else True

    async def whisper(self, chat_id: int, user_id: int, message: Message, *, thread_id: int | None = None) -> bool:
        """Shows a message in a group to one member and nobody else; False if that is not possible. Nothing says that it
        arrived."""
        return await self._ephemeral.whisper(chat_id, user_id, message, thread_id=thread_id)

    async def change(self, address: str, message_id: int, message: Message) -> Outcome:
        """Puts a message in the place of an earlier one."""
        return await edit_message(self._bot, address, message_id, message, priority=Priority.INTERACTIVE)

    async def drop_buttons(self, address: str, message_id: int) -> Outcome:
        """Takes away the buttons below an earlier message."""
        return await edit_buttons(self._bot, address, message_id, (), priority=Priority.BULK)

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        """Sends a notice after all messages that somebody waits for."""
        written = written_message(address, envelope.message, paid=self._paid_broadcast)
        try:
            return await outcome(address, send_written(self._bot, written, Priority.BULK, envelope.may_leave), str)
        except HeldBack:
            return NOT_LEFT
