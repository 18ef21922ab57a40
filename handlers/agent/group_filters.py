"""Which updates come from an agents' group, whose id may change while the program runs."""

from __future__ import annotations

from telegram import Message
from telegram.ext import filters

from bot.work.topics.agent_groups import AgentGroups


class Here(filters.MessageFilter):
    """Messages in one of the agents' groups."""

    def __init__(self, groups: AgentGroups) -> None:
        super().__init__(name="in an agents' group")
        self._groups = groups

    def filter(self, message: Message) -> bool:
        return message.chat.id in self._groups


class Moved(filters.MessageFilter):
    """The message that one of the agents' groups got a new id, in the old chat or in the new one."""

    def __init__(self, groups: AgentGroups) -> None:
        super().__init__(name="an agents' group moved")
        self._groups = groups

    def filter(self, message: Message) -> bool:
        here = message.chat.id in self._groups and message.migrate_to_chat_id is not None
        return here or (message.migrate_from_chat_id is not None and message.migrate_from_chat_id in self._groups)


class AnswersSomething(filters.MessageFilter):
    """A reply outside of topics: in a group without topics it tells which case is meant."""

    def filter(self, message: Message) -> bool:
        return not message.is_topic_message and message.reply_to_message is not None
