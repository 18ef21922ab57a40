"""The agents' group: a forum supergroup whose topics are cases. Other modules decide what is said there, and when."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup
from telegram.ext import ExtBot

from bot.channels import Outcome
from bot.channels.rate_limiter import Priority
from bot.channels.telegram_calls import edited, markup, outcome, send
from bot.message import Button, Message

Rows = tuple[tuple[Button, ...], ...]

TOPIC_NAME_CHARS = 128
"""The longest name of a topic (Bot API, createForumTopic)."""


class Forum:
    """One agents' group. It has its own reasons in Refused: topic_gone, topic_closed, no_rights, group_gone,
    not_a_forum, and migrated with the group's new id as detail."""

    def __init__(self, bot: ExtBot[Priority], chat_id: int) -> None:
        self._bot = bot
        self.chat_id = chat_id

    async def open_topic(self, name: str, *, priority: Priority = Priority.DESK) -> Outcome:
        """Opens a topic; Accepted contains its thread id."""
        call = self._bot.create_forum_topic(self.chat_id, _short(name), rate_limit_args=priority)
        return await outcome(self.chat_id, call, lambda topic: str(topic.message_thread_id))

    async def post(
        self,
        thread_id: int | None,
        message: Message,
        *,
        priority: Priority = Priority.DESK,
        reply_to: int | None = None,
    ) -> Outcome:
        """Posts in a topic, or without a thread id in the general one; Accepted contains the message's id."""
        return await send(self._bot, self.chat_id, message, thread_id=thread_id, reply_to=reply_to, priority=priority)

    async def edit(self, message_id: int, message: Message, *, priority: Priority = Priority.DESK) -> Outcome:
        """Replaces a message's text and buttons."""
        under = markup(message)
        call = self._bot.edit_message_text(
            message.text,
            self.chat_id,
            message_id,
            reply_markup=under if isinstance(under, InlineKeyboardMarkup) else None,
            rate_limit_args=priority,
        )
        return await edited(self.chat_id, message_id, call)

    async def show_buttons(self, message_id: int, buttons: Rows, *, priority: Priority = Priority.ANSWER) -> Outcome:
        """Replaces the buttons below a message; its text stays."""
        under = markup(Message("-", buttons))
        call = self._bot.edit_message_reply_markup(
            self.chat_id,
            message_id,
            reply_markup=under if isinstance(under, InlineKeyboardMarkup) else None,
            rate_limit_args=priority,
        )
        return await edited(self.chat_id, message_id, call)

    async def react(self, message_id: int, emoji: str) -> Outcome:
        """Puts a sign on a message, in place of an earlier one; empty: takes it away. It is no message, and waits for
        none."""
        return await edited(
            self.chat_id, message_id, self._bot.set_message_reaction(self.chat_id, message_id, emoji or None)
        )

    async def show_typing(self, thread_id: int | None) -> Outcome:
        """Shows for some seconds that something is being written."""
        call = self._bot.send_chat_action(self.chat_id, "typing", message_thread_id=thread_id)
        return await edited(self.chat_id, thread_id or 0, call)

    async def close_topic(self, thread_id: int, *, priority: Priority = Priority.DESK) -> Outcome:
        call = self._bot.close_forum_topic(self.chat_id, thread_id, rate_limit_args=priority)
        return await edited(self.chat_id, thread_id, call)

    async def reopen_topic(self, thread_id: int, *, priority: Priority = Priority.DESK) -> Outcome:
        call = self._bot.reopen_forum_topic(self.chat_id, thread_id, rate_limit_args=priority)
        return await edited(self.chat_id, thread_id, call)

    async def rename_topic(self, thread_id: int, name: str, *, priority: Priority = Priority.DESK) -> Outcome:
        call = self._bot.edit_forum_topic(self.chat_id, thread_id, name=_short(name), rate_limit_args=priority)
        return await edited(self.chat_id, thread_id, call)

    async def delete_topic(self, thread_id: int, *, priority: Priority = Priority.DESK) -> Outcome:
        """Deletes a topic with all its messages."""
        call = self._bot.delete_forum_topic(self.chat_id, thread_id, rate_limit_args=priority)
        return await edited(self.chat_id, thread_id, call)

    async def delete(self, message_ids: Sequence[int], *, priority: Priority = Priority.DESK) -> Outcome:
        """Deletes up to a hundred messages; skips those that Telegram cannot delete or find."""
        call = self._bot.delete_messages(self.chat_id, message_ids, rate_limit_args=priority)
        return await edited(self.chat_id, message_ids[0], call)

    async def pin(self, message_id: int, *, priority: Priority = Priority.DESK) -> Outcome:
        """Pins a message without a notification."""
        call = self._bot.pin_chat_message(self.chat_id, message_id, disable_notification=True, rate_limit_args=priority)
        return await edited(self.chat_id, message_id, call)


def _short(name: str) -> str:
    return name if len(name) <= TOPIC_NAME_CHARS else name[: TOPIC_NAME_CHARS - 1] + "…"
