"""In which topic of a group a call is, for the topic's part of the group's minute: Telegram's edits do not say it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from telegram import ReplyParameters

MOST_MESSAGES = 10_000  # the newest are remembered


class Topics:
    """Remembers the topics of the messages that were sent to groups."""

    def __init__(self) -> None:
        self._topic_of: OrderedDict[tuple[int | str, int], int] = OrderedDict()

    def of(self, chat: int | str, data: dict[str, Any]) -> Hashable:
        """The subject of a call to a group, if it has one: a topic, else the message that it replies to or edits."""
        if topic := data.get("message_thread_id"):
            return int(topic)
        reply = data.get("reply_parameters")
        answered = reply.message_id if isinstance(reply, ReplyParameters) else None
        message = answered or data.get("message_id") or next(iter(data.get("message_ids") or ()), None)
        if message is None:
            return None
        return self._topic_of.get((chat, message), ("message", message))

    def note(self, chat: int | str, topic: Hashable, answer: object) -> None:
        """Remembers the messages in an answer of Telegram to a call in this topic."""
        if not isinstance(topic, int):
            return
        for message in answer if isinstance(answer, list) else [answer]:
            if isinstance(message, dict) and isinstance(message_id := message.get("message_id"), int):
                self._topic_of[chat, message_id] = topic
                self._topic_of.move_to_end((chat, message_id))
        while len(self._topic_of) > MOST_MESSAGES:
            self._topic_of.popitem(last=False)
