"""What an agent can say, in the agents' group only. Nobody else can do anything there."""

from __future__ import annotations

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.work.topics.agent_groups import AgentGroups
from handlers.agent import agent_days, console, desk_statistics, group_changes, surveys, talk
from handlers.agent.group_filters import AnswersSomething, Here, Moved
from handlers.context import Context
from handlers.registry import AGENTS

COMMANDS = AGENTS.commands
# Buttons can be forged, and pressed by anybody in the group: each handler checks first who pressed.
PRESSES = AGENTS.presses


def agent_handlers(groups: AgentGroups | None) -> list[BaseHandler[Update, Context, None]]:
    in_private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    anywhere: list[BaseHandler[Update, Context, None]] = [
        CommandHandler("stats", desk_statistics.stats_in_private, filters=in_private),
        CommandHandler("survey", surveys.survey_in_private, filters=in_private),
        CommandHandler("console", console.console_in_private, filters=in_private),
        CommandHandler("day", agent_days.day_in_private, filters=in_private),
        *(CallbackQueryHandler(do, pattern=f"^{pattern}$") for pattern, do in PRESSES.items()),
    ]
    if groups is None:
        return anywhere
    here = Here(groups)
    new, edited = here & filters.UpdateType.MESSAGE, here & filters.UpdateType.EDITED_MESSAGE
    commands: list[BaseHandler[Update, Context, None]] = [
        CommandHandler(name, do, filters=new) for name, do in COMMANDS.items()
    ]
    # A reply in the general topic has a thread id that is not a topic's: only is_topic_message can be trusted.
    in_case = (filters.IS_TOPIC_MESSAGE | AnswersSomething()) & ~filters.StatusUpdate.ALL
    return [
        *anywhere,
        MessageHandler(Moved(groups) & filters.UpdateType.MESSAGE, group_changes.moved),
        *commands,
        MessageHandler(new & in_case, talk.new),
        MessageHandler(edited & in_case, talk.edited),
        MessageHandler(new & filters.COMMAND, talk.mistyped),
    ]
