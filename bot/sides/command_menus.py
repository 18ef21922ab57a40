"""The command menus in Telegram, and what the bot is called there: English for all, Chinese for people whose Telegram
is in Chinese, and the agents' menu.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import structlog
from telegram import BotCommandScope, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority
from bot.sides.telegram_session import retry_while_unreachable
from bot.views.menu import agent_command_list, command_list
from bot.views.profile import bot_name, description, short_description
from locales import translator
from locales.languages import SPOKEN

log = structlog.get_logger()


async def introduce(bot: ExtBot[Priority], brand: str) -> None:
    """Gives the bot its name and says what it is for, in each language. Telegram allows few changes of a name in a
    day, so only what differs is set; if it refuses, the rest is still set."""
    for language, code in ((tag, code) for tag, spoken in SPOKEN.items() for code in spoken.menu_codes):
        t = translator(language)
        wanted = (
            (bot.get_my_name, "name", bot.set_my_name, bot_name(t, brand)),
            (bot.get_my_description, "description", bot.set_my_description, description(t, brand)),
            (
                bot.get_my_short_description,
                "short_description",
                bot.set_my_short_description,
                short_description(t, brand),
            ),
        )
        for ask, what, change, text in wanted:
            try:
                if getattr(await ask(language_code=code), what) != text:
                    await change(text, language_code=code)
            except TelegramError as error:
                log.warning("the bot's profile could not be set", what=what, error=type(error).__name__)


async def show_commands(bot: ExtBot[Priority], groups: Sequence[int]) -> None:
    """Sets the menus of private chats and of the agents' groups (ids). If Telegram refuses one, because the bot is not
    in a group, the others are still set."""
    for language, code in ((tag, code) for tag, spoken in SPOKEN.items() for code in spoken.menu_codes):
        t = translator(language)
        menus: list[tuple[Sequence[tuple[str, str]], BotCommandScope]] = [
            (command_list(t), BotCommandScopeAllPrivateChats())
        ]
        menus += [(agent_command_list(t), BotCommandScopeChat(chat_id)) for chat_id in groups]
        for commands, scope in menus:
            try:
                await retry_while_unreachable(partial(bot.set_my_commands, commands, scope, code))
            except TelegramError as error:
                log.warning("a command menu could not be set", scope=scope.type, error=type(error).__name__)
