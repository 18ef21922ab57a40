"""What a customer can say, in a private chat. In a group the bot answers that it talks about money only in private."""

from __future__ import annotations

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.work.topics.agent_groups import AgentGroups
from handlers.agent.group_filters import Here
from handlers.context import Context
from handlers.customer import free_text, linking, membership, start
from handlers.registry import CUSTOMERS

COMMANDS = CUSTOMERS.commands
PRESSES = CUSTOMERS.presses

IN_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
SAID = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE
EDITED = filters.ChatType.PRIVATE & filters.UpdateType.EDITED_MESSAGE


def customer_handlers(groups: AgentGroups | None) -> list[BaseHandler[Update, Context, None]]:
    commands: list[BaseHandler[Update, Context, None]] = [
        CommandHandler(name, do, filters=IN_PRIVATE) for name, do in COMMANDS.items()
    ]
    presses: list[BaseHandler[Update, Context, None]] = [
        CallbackQueryHandler(do, pattern=f"^{pattern}$") for pattern, do in PRESSES.items()
    ]
    return [
        *commands,
        *presses,
        CallbackQueryHandler(start.unknown_press),
        MessageHandler(IN_PRIVATE & filters.CONTACT, linking.share_contact),
        MessageHandler(IN_PRIVATE, free_text.say),
        MessageHandler(EDITED, free_text.edited),
        ChatMemberHandler(membership.changed, ChatMemberHandler.MY_CHAT_MEMBER),
        CommandHandler(list(COMMANDS), membership.money_in_group, filters=SAID & filters.ChatType.GROUPS),
        *(
            [MessageHandler(SAID & filters.ChatType.GROUPS & ~Here(groups), membership.somewhere_else)]
            if groups
            else []
        ),
    ]
