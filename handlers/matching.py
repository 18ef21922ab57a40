"""Which handlers an update may be for, without asking each of a hundred.

The library asks one after the other. Here those are left out that cannot take it: for a press all that are not about
presses, for a command the handlers of all others, and for anything else the handlers of both.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Update
from telegram.constants import MessageEntityType
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from handlers.context import Context

Handler = BaseHandler[Update, Context, None]


class Matching:
    """Of these handlers, in their order."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._presses = [handler for handler in handlers if isinstance(handler, CallbackQueryHandler)]
        others = [handler for handler in handlers if not isinstance(handler, CallbackQueryHandler)]
        names = {name for handler in others if isinstance(handler, CommandHandler) for name in handler.commands}
        self._by_command = {name: [handler for handler in others if _may_be(handler, name)] for name in names}
        self._without_command = [handler for handler in others if _may_be(handler, "")]

    def of(self, update: Update) -> Sequence[Handler]:
        """Those that may take this update; all others certainly do not."""
        if update.callback_query is not None:
            return self._presses
        return self._by_command.get(_command(update), self._without_command)


def _may_be(handler: Handler, command: str) -> bool:
    return not isinstance(handler, CommandHandler) or command in handler.commands


def _command(update: Update) -> str:
    """The command with which a message begins, as the library reads it; empty without one."""
    message = update.effective_message
    if message is None or not message.text or not message.entities:
        return ""
    first = message.entities[0]
    if first.type != MessageEntityType.BOT_COMMAND or first.offset != 0:
        return ""
    return message.text[1 : first.length].partition("@")[0].lower()
