"""A message as the local Telegram keeps it and as tests and the page look at it, and a chat's list of them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.entities import to_html

Raw = dict[str, Any]

# The fields that are what a message says; what copying takes along and nothing else.
CONTENT = ("text", "entities", "caption", "caption_entities", "photo", "document", "voice", "sticker", "contact")
_OTHER_CONTENT = ("location", "video", "audio", "animation", "venue", "dice", "poll", "video_note")
# What Telegram shows to everybody in the chat and does not let anybody copy.
UNCOPYABLE = ("paid_media", "invoice", "giveaway", "giveaway_winners", "story", "checklist")
# What happened in the chat, as opposed to what someone said.
SERVICE_KINDS = (
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "pinned_message",
    "new_chat_members",
    "left_chat_member",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
)


@dataclass(slots=True)
class Message:
    """One message. `raw` is what the Bot API shows; `keyboard` is what only the person's phone shows."""

    chat_id: int
    message_id: int
    raw: Raw
    from_bot: bool
    posted: float = 0.0  # monotonic
    seq: int = 0
    keyboard: Raw | None = None
    deleted: bool = False
    reactions: dict[int, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text, or the caption under a photo or file; empty when there is none."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def entities(self) -> list[Raw]:
        entities: list[Raw] = self.raw.get("entities") or self.raw.get("caption_entities") or []
        return list(entities)

    @property
    def html(self) -> str:
        """The text with its entities as HTML."""
        return to_html(self.text, self.entities)

    @property
    def rows(self) -> list[list[Raw]]:
        """The inline keyboard, row by row."""
        rows: list[list[Raw]] = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[str]:
        """The labels of the inline buttons, in reading order."""
        return [button["text"] for row in self.rows for button in row]

    def button(self, label: str) -> Raw:
        """The inline button with that label."""
        for row in self.rows:
            for button in row:
                if button["text"] == label:
                    return dict(button)
        raise AssertionError(f"no button {label!r} under {self.text!r}; there are {self.buttons}")

    @property
    def photo(self) -> Raw | None:
        """The largest size of the photo, when there is one."""
        sizes: list[Raw] = self.raw.get("photo", [])
        return sizes[-1] if sizes else None

    @property
    def document(self) -> Raw | None:
        return self.raw.get("document")

    @property
    def thread_id(self) -> int | None:
        """The topic it is in; None in General and outside forums."""
        return self.raw.get("message_thread_id") if self.raw.get("is_topic_message") else None

    @property
    def date(self) -> int:
        return int(self.raw["date"])

    @property
    def edited(self) -> bool:
        return "edit_date" in self.raw

    @property
    def is_service(self) -> bool:
        return any(key in self.raw for key in SERVICE_KINDS)

    @property
    def reaction(self) -> str | None:
        """The bot's reaction, if it set one."""
        return self.reactions.get(0)

    @property
    def copyable(self) -> bool:
        """Whether a bot can copy it: not a service message, not paid, and not a quiz with an unknown answer."""
        quiz = self.raw.get("poll", {})
        secret = quiz.get("type") == "quiz" and "correct_option_id" not in quiz
        return bool(self.content()) and not secret and not any(kind in self.raw for kind in UNCOPYABLE)

    def content(self) -> Raw:
        """What it says, to say it again elsewhere."""
        return copy.deepcopy({key: self.raw[key] for key in (*CONTENT, *_OTHER_CONTENT) if key in self.raw})

    def quoted(self) -> Raw:
        """As it is shown inside a reply to it, or as pinned."""
        return copy.deepcopy({key: value for key, value in self.raw.items() if key != "reply_to_message"})

    def snapshot(self) -> Message:
        """A copy that later edits leave alone."""
        return copy.deepcopy(self)

    def describe(self) -> str:
        """One line for the message of a failed test."""
        kinds = [key for key in (*CONTENT, *_OTHER_CONTENT, *SERVICE_KINDS) if key in self.raw and "ent" not in key]
        what = self.text or "+".join(kinds)
        buttons = f"  {self.buttons}" if self.buttons else ""
        return f"#{self.message_id} {'bot' if self.from_bot else 'person'}: {what!r}{buttons}"


class Conversation:
    """The messages of one chat, oldest first."""

    def __init__(self, chat_id: int) -> None:
        self.chat_id = chat_id
        self.everything: list[Message] = []
        self._by_id: dict[int, Message] = {}
        self.pinned: list[int] = []
        self.acting: tuple[float, int | None] | None = None  # (monotonic time, topic) the bot last showed as typing

    def add(self, message: Message) -> None:
        self.everything.append(message)
        self._by_id[message.message_id] = message

    def find(self, message_id: int) -> Message | None:
        """The message, unless it was deleted or never was."""
        message = self._by_id.get(message_id)
        return None if message is None or message.deleted else message

    @property
    def shown(self) -> list[Message]:
        """All that are not deleted."""
        return [message for message in self.everything if not message.deleted]
