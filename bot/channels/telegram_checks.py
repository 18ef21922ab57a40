"""What a check of the program asks Telegram: who the bot is, where updates go, what it may do in the agents' group.

It reads and changes nothing. Everything is returned as a value, refusals too; `bot.work.operations.health_checks`
judges it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from bot.channels import Refused
from bot.channels.telegram import WalletBot
from bot.channels.telegram_refusals import refusal

T = TypeVar("T")

_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{10,}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram delivers updates. `url` is the address as it was set; `shown` is the part that may be printed,
    because other programs put their token into it. Empty if none is set."""

    url: str
    shown: str
    waiting: int
    failed_at: datetime | None
    failure: str


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """The agents' group as the bot sees it. An owner or administrator receives all messages there."""

    title: str
    is_forum: bool
    is_administrator: bool
    can_manage_topics: bool
    can_pin: bool = True


class TelegramChecks:
    """Asks with one bot; `close` ends its connections."""

    def __init__(self, bot: WalletBot) -> None:
        self._bot = bot

    async def name(self) -> str | Refused:
        """The bot's username. Ask this first: it opens the connections, and shows whether the token is valid."""
        try:
            await self._bot.initialize()
        except TelegramError as error:
            return refusal(error)
        return str(self._bot.username)

    async def webhook(self) -> Webhook | Refused:
        state = await _asked(self._bot.get_webhook_info())
        if isinstance(state, Refused):
            return state
        failed_at = state.last_error_date
        return Webhook(
            url=state.url,
            shown=_host(state.url),
            waiting=state.pending_update_count,
            failed_at=failed_at.astimezone(UTC) if failed_at else None,
            failure=_TOKEN.sub("…", state.last_error_message or ""),
        )

    async def group(self, chat_id: int) -> AgentGroup | Refused:
        """The group, or why it cannot be used (group_gone; migrated, with its new id as detail …)."""
        chat = await _asked(self._bot.ask("getChat", chat_id=chat_id), in_group=True)
        if isinstance(chat, Refused):
            return chat
        member = await _asked(self._bot.ask("getChatMember", chat_id=chat_id, user_id=self._bot.id), in_group=True)
        if isinstance(member, Refused):
            return member
        owner = member.get("status") == ChatMemberStatus.OWNER
        administrator = member.get("status") == ChatMemberStatus.ADMINISTRATOR
        return AgentGroup(
            title=str(chat.get("title") or ""),
            is_forum=chat.get("is_forum") is True,
            is_administrator=owner or administrator,
            can_manage_topics=owner or (administrator and member.get("can_manage_topics") is True),
            can_pin=owner or (administrator and member.get("can_pin_messages") is True),
        )

    async def close(self) -> None:
        await self._bot.shutdown()


async def _asked(call: Awaitable[T], *, in_group: bool = False) -> T | Refused:
    try:
        return await call
    except TelegramError as error:
        return refusal(error, in_group=in_group)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""
