"""What an agent can say, in the agents' group only. Whoever is no agent gets nothing done there."""

from __future__ import annotations

from typing import Any

from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from handlers.agent import queue, talk

COMMANDS = {
    "queue": queue.show,
    "next": queue.take_next,
    "take": queue.take,
    "release": queue.release,
    "note": talk.note,
    "done": queue.done,
}


def agent_handlers(agent_chat: int | None) -> list[BaseHandler[Any, Any, None]]:
    if agent_chat is None:
        return []
    here = filters.Chat(agent_chat)
    new, edited = here & filters.UpdateType.MESSAGE, here & filters.UpdateType.EDITED_MESSAGE
    commands: list[Any] = [CommandHandler(name, do, filters=new) for name, do in COMMANDS.items()]
    # A reply in the general topic bears a thread id that is no topic's: only is_topic_message is to be believed.
    in_topic = filters.IS_TOPIC_MESSAGE & ~filters.StatusUpdate.ALL
    return [
        *commands,
        MessageHandler(new & in_topic & filters.COMMAND, talk.unknown_command),
        MessageHandler(new & in_topic, talk.say),
        MessageHandler(edited & in_topic, talk.edit),
    ]
