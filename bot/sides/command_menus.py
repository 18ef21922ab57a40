"""The command menus in Telegram, and what the bot is called there: English for all, Chinese for people whose Telegram
is in Chinese, and the agents' menu.

As a process starts, Telegram is told if something has changed since it was told last; with the first start of a day in
any case, so that what somebody changed by hand comes right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

import structlog
from telegram import BotCommandScope, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority
from bot.sides.telegram_session import retry_while_unreachable
from bot.views.menu import agent_command_list, command_list
from bot.views.profile import bot_name, description, short_description
from locales import Translator, translator
from locales.languages import SPOKEN
from storage.runtime import program_state
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

Menu = tuple[Sequence[tuple[str, str]], BotCommandScope, str | None]  # commands with texts, where, in which language
Text = tuple[str, str | None, str]  # what it is, in which language, and the text


@dataclass(frozen=True, slots=True)
class Face:
    """What people see of the bot before they write to it: menus in private chats and in the agents' groups (ids), name
    and descriptions."""

    bot: ExtBot[Priority]
    brand: str
    groups: Sequence[int]

    def menus(self) -> Iterator[Menu]:
        for t, code in _languages():
            yield command_list(t), BotCommandScopeAllPrivateChats(), code
            for chat_id in self.groups:
                yield agent_command_list(t), BotCommandScopeChat(chat_id), code

    def texts(self) -> Iterator[Text]:
        for t, code in _languages():
            yield "name", code, bot_name(t, self.brand)
            yield "description", code, description(t, self.brand)
            yield "short_description", code, short_description(t, self.brand)

    def digest(self, now: datetime) -> str:
        """The same for the same menus and texts of the same bot on the same day."""
        menus = [(list(commands), scope.to_json(), code) for commands, scope, code in self.menus()]
        shown = (self.bot.id, now.date().isoformat(), menus, list(self.texts()))
        return sha256(repr(shown).encode()).hexdigest()


def _languages() -> Iterator[tuple[Translator, str | None]]:
    for language, spoken in SPOKEN.items():
        for code in spoken.menu_codes:
            yield translator(language), code


async def show(face: Face, db: Database, now: datetime) -> None:
    """Shows menus and profile, unless Telegram has them. What it refused is shown again after the next start."""
    digest = face.digest(now)

    async def known() -> bool:
        async with db.read() as conn:
            return await program_state.shown(conn) == digest

    async def write() -> None:
        async with db.write() as conn:
            await program_state.set_shown(conn, digest)

    if await persist(known):
        return
    if all(await asyncio.gather(_show_commands(face), _introduce(face))):
        await persist(write)


async def _introduce(face: Face) -> bool:
    """Gives the bot its name and says what it is for, in each language. Telegram allows few changes of a name in a
    day, so only what differs is set; if it refuses, the rest is still set. Returns whether it has all."""
    bot, accepted = face.bot, True
    calls = {
        "name": (bot.get_my_name, bot.set_my_name),
        "description": (bot.get_my_description, bot.set_my_description),
        "short_description": (bot.get_my_short_description, bot.set_my_short_description),
    }
    for what, code, text in face.texts():
        ask, change = calls[what]
        try:
            if getattr(await ask(language_code=code), what) != text:
                await change(text, language_code=code)
        except TelegramError as error:
            accepted = False
            log.warning("the bot's profile could not be set", what=what, error=type(error).__name__)
    return accepted


async def _show_commands(face: Face) -> bool:
    """Sets the menus. If Telegram refuses one, because the bot is not in a group, the others are still set. Returns
    whether it has all."""
    accepted = True
    for commands, scope, code in face.menus():
        try:
            await retry_while_unreachable(partial(face.bot.set_my_commands, commands, scope, code))
        except TelegramError as error:
            accepted = False
            log.warning("a command menu could not be set", scope=scope.type, error=type(error).__name__)
    return accepted
