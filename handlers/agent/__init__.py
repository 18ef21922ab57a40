"""What an agent can say, in the agents' group only. Whoever is no agent gets nothing done there."""

from __future__ import annotations

from typing import Any

from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.work.topics.agent_groups import AgentGroups
from handlers.agent import agreeing, bulk, duty, figures, moving, queue, revealing, saying, talk
from handlers.agent.here import AnswersSomething, Here, Moved

COMMANDS = {
    "queue": queue.show,
    "next": queue.take_next,
    "take": queue.take,
    "release": queue.release,
    "transfer": queue.transfer,
    "snooze": duty.snooze,
    "away": duty.away,
    "back": duty.back,
    "promise": agreeing.promise,
    "plan": agreeing.plan,
    "hold": agreeing.hold,
    "dispute": agreeing.dispute,
    "note": talk.new,
    "say": saying.say,
    "done": queue.done,
    "reveal": revealing.reveal,
    "call": revealing.call,
    "stats": figures.stats,
    "bulk": bulk.ask,
}

# Buttons can be forged, and pressed by whoever is in the group: each of these looks first who presses.
PRESSES = {
    r"not_right:(?P<case>[0-9]{1,15}):(?P<key>[0-9a-f]{16})": agreeing.not_right,
    r"bulk:(?P<key>[0-9]{1,18}):(?P<answer>yes|no)": bulk.press,
}


def agent_handlers(groups: AgentGroups | None) -> list[BaseHandler[Any, Any, None]]:
    in_private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    anywhere: list[Any] = [
        CommandHandler("stats", figures.stats_in_private, filters=in_private),
        *(CallbackQueryHandler(do, pattern=f"^{pattern}$") for pattern, do in PRESSES.items()),
    ]
    if groups is None:
        return anywhere
    here = Here(groups)
    new, edited = here & filters.UpdateType.MESSAGE, here & filters.UpdateType.EDITED_MESSAGE
    commands: list[Any] = [CommandHandler(name, do, filters=new) for name, do in COMMANDS.items()]
    # A reply in the general topic bears a thread id that is no topic's: only is_topic_message is to be believed.
    in_case = (filters.IS_TOPIC_MESSAGE | AnswersSomething()) & ~filters.StatusUpdate.ALL
    return [
        *anywhere,
        MessageHandler(Moved(groups) & filters.UpdateType.MESSAGE, moving.moved),
        *commands,
        MessageHandler(new & in_case, talk.new),
        MessageHandler(edited & in_case, talk.edited),
    ]
