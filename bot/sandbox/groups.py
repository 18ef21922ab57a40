"""A group the bot is in, with or without topics: its state, and what its human members can do to it.

What the bot may do in it is decided by the methods; people write in it through `Person.say_in` and its like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from telegram.constants import ForumIconColor

from bot.sandbox import members as shown_members
from bot.sandbox.message_waits import Ear, Wanted, Where, matches
from bot.sandbox.messages import Conversation, Message

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_SUPERGROUPS_BELOW = -1_000_000_000_000


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is that of the service message that began it."""

    thread_id: int
    name: str
    chat: Conversation
    icon_color: int = int(ForumIconColor.BLUE)
    icon_custom_emoji_id: str | None = None
    closed: bool = False
    deleted: bool = False
    still_cached: bool = field(default=False, repr=False)

    @property
    def messages(self) -> list[Message]:
        """All in it, service messages too, oldest first."""
        return [message for message in self.chat.shown if message.thread_id == self.thread_id]

    def shown(self) -> Raw:
        raw: Raw = {"message_thread_id": self.thread_id, "name": self.name, "icon_color": self.icon_color}
        return raw | ({"icon_custom_emoji_id": self.icon_custom_emoji_id} if self.icon_custom_emoji_id else {})


class Group:
    """A group. The first member owns it, and does what the bot did not do, such as closing a topic."""

    def __init__(
        self,
        telegram: LocalTelegram,
        chat_id: int,
        title: str,
        members: Sequence[Person],
        *,
        is_forum: bool,
        bot_admin: bool,
    ) -> None:
        self._telegram = telegram
        self.title = title
        self.members = list(members)
        self.is_forum = is_forum
        self.chat = Conversation(chat_id)
        self.topics: list[Topic] = []
        self.bot_status = "administrator" if bot_admin else "member"
        self.bot_rights = dict(shown_members.RIGHTS)
        self._next_id = 2  # 1 is General
        self._ear = Ear(title, telegram.bell, lambda: self.chat.shown)

    @property
    def chat_id(self) -> int:
        return self.chat.chat_id

    @property
    def kind(self) -> str:
        """A basic group's id is a small number; with topics, or grown large, it becomes a supergroup of another id."""
        return "supergroup" if self.chat_id <= _SUPERGROUPS_BELOW else "group"

    @property
    def owner(self) -> Person:
        if not self.members:
            raise AssertionError(f"group {self.title!r} has no human members to act in it")
        return self.members[0]

    def shown(self) -> Raw:
        """The chat as the Bot API shows it."""
        raw: Raw = {"id": self.chat_id, "type": self.kind, "title": self.title}
        return raw | ({"is_forum": True} if self.is_forum else {})

    def next_message_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    # -- looking and listening ---------------------------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        """Everything in it, General and all topics, oldest first."""
        return self.chat.shown

    @property
    def general(self) -> list[Message]:
        """What is in no topic."""
        return [message for message in self.chat.shown if message.thread_id is None]

    def topic(self, wanted: int | Wanted) -> Topic:
        """The topic with that id, or the newest whose name matches."""
        for topic in reversed(self.topics):
            if topic.thread_id == wanted if isinstance(wanted, int) else matches(wanted, topic.name):
                return topic
        raise AssertionError(f"no topic {wanted!r} in {self.title!r}; there are {[t.name for t in self.topics]}")

    async def topic_opened(self, wanted: Wanted = "", timeout: float = 20.0) -> Topic:  # noqa: ASYNC109
        """Waits until there is a topic, not deleted, whose name matches; the newest such."""
        telegram = self._telegram
        end = telegram.real_time() + timeout
        while True:
            for topic in reversed(self.topics):
                if not topic.deleted and matches(wanted, topic.name):
                    return topic
            if not await telegram.bell.wait(end - telegram.real_time()):
                raise AssertionError(f"no topic like {wanted!r} within {timeout} s; there are {self.topics}")

    async def hears(
        self,
        wanted: Wanted,
        topic: int | EllipsisType | None = ...,
        timeout: float = 20.0,  # noqa: ASYNC109
    ) -> Message:
        """Waits for a bot message not heard yet: anywhere, or in one topic, or in General (None)."""
        return await self._ear.hears(wanted, timeout, _within(topic))

    async def hears_nothing(self, for_s: float = 0.3, topic: int | EllipsisType | None = ...) -> None:
        await self._ear.hears_nothing(for_s, _within(topic))

    def attend(self, seq: int) -> None:
        self._ear.attend(seq)

    # -- what people do to it ----------------------------------------------------------------------------------------

    def create_topic(self, name: str, by: Raw | None = None, **icon: Any) -> Topic:
        number = self._next_id  # its first service message gives it its id
        service = {"forum_topic_created": {"name": name, "icon_color": int(ForumIconColor.BLUE), **icon}}
        topic = Topic(number, name, self.chat, **{"icon_color": int(ForumIconColor.BLUE), **icon})
        self.topics.append(topic)
        self.service(by, service, number)
        return topic

    def rename_topic(self, thread_id: int, name: str, by: Raw | None = None) -> None:
        topic = self.topic(thread_id)
        topic.name = name
        self.service(by, {"forum_topic_edited": {"name": name}}, thread_id)

    def close_topic(self, thread_id: int, by: Raw | None = None) -> None:
        self.topic(thread_id).closed = True
        self.service(by, {"forum_topic_closed": {}}, thread_id)

    def reopen_topic(self, thread_id: int, by: Raw | None = None) -> None:
        self.topic(thread_id).closed = False
        self.service(by, {"forum_topic_reopened": {}}, thread_id)

    def delete_topic(self, thread_id: int, *, still_cached: bool = False) -> None:
        """Deletes it with all its messages; the bot is not told. Writing into it then fails as `message thread not
        found`, or, while Telegram still has it cached, as `TOPIC_DELETED`."""
        topic = self.topic(thread_id)
        topic.still_cached = still_cached
        for message in topic.messages:
            message.deleted = True
            self._telegram.changed(message)
        topic.deleted = True
        self._telegram.changed()

    def add(self, person: Person) -> None:
        """A person joins."""
        self.members.append(person)
        self.service(person.user, {"new_chat_members": [person.user]})

    def remove(self, person: Person) -> None:
        """A person leaves."""
        self.members.remove(person)
        self.service(person.user, {"left_chat_member": person.user})

    def migrate(self, new_chat_id: int | None = None, *, told: bool = True) -> int:
        """Moves the group to a new id, which it returns; calls with the old id are answered with the new one. The new
        chat is empty: messages and topics of the old one do not exist there. `told` False: the bot gets no update, as
        if it were late."""
        old = self.chat_id
        new = new_chat_id or (old if self.kind == "supergroup" else _SUPERGROUPS_BELOW + old) - 1
        leaving = self.service(None, {"migrate_to_chat_id": new}, told=told)
        self._telegram.groups.pop(old)
        self._telegram.groups[new] = self
        self._telegram.moved[old] = new
        self.chat = Conversation(new)
        self.topics = []
        self._next_id = 2
        self._ear.attend(leaving.seq)
        self.service(None, {"migrate_from_chat_id": old}, told=told)
        return new

    def delete(self, message_id: int) -> None:
        """Somebody deletes a message; the bot is not told."""
        message = self.chat.find(message_id)
        if message is None:
            raise AssertionError(f"no message {message_id} in {self.title!r}")
        message.deleted = True
        self._telegram.changed(message)

    # -- the bot's rights --------------------------------------------------------------------------------------------

    def bot_member(self) -> Raw:
        """The bot as a member of this group."""
        bot = self._telegram.bot
        if self.bot_status == "administrator":
            return shown_members.administrator(bot, self.bot_rights)
        return {"kicked": shown_members.kicked, "left": shown_members.left}.get(self.bot_status, shown_members.member)(
            bot
        )

    def set_bot_rights(self, **rights: bool) -> None:
        """Changes what the bot may do as an administrator, for example `can_manage_topics=False`."""
        unknown = set(rights) - set(self.bot_rights)
        if unknown:
            raise ValueError(f"no such rights: {sorted(unknown)}; there are {sorted(self.bot_rights)}")
        self._change_bot("administrator", rights)

    def demote_bot(self) -> None:
        self._change_bot("member")

    def remove_bot(self) -> None:
        self._change_bot("kicked")

    def add_bot(self, *, admin: bool = True) -> None:
        self._change_bot("administrator" if admin else "member")

    def _change_bot(self, status: str, rights: dict[str, bool] | None = None) -> None:
        before = self.bot_member()
        self.bot_status = status
        self.bot_rights |= rights or {}
        change = {"chat": self.shown(), "from": self.owner.user, "date": self._telegram.now()}
        self._telegram.tell(
            "my_chat_member", change | {"old_chat_member": before, "new_chat_member": self.bot_member()}
        )
        self._telegram.changed()

    def bot_may(self, right: str) -> bool:
        return self.bot_status == "administrator" and self.bot_rights[right]

    @property
    def has_bot(self) -> bool:
        return self.bot_status in ("administrator", "member")

    # -- writing -----------------------------------------------------------------------------------------------------

    def placement(self, thread_id: int | None, reply_to: Message | None) -> Raw:
        """The fields that say where in the group a message is.

        In a topic every message that is no reply is shown as a reply to the one that began the topic; outside of
        topics a reply carries the id of the first message of the chain as thread id, without being in a topic.
        """
        if thread_id is not None:
            first = reply_to or self.chat.find(thread_id)
            raw: Raw = {"message_thread_id": thread_id, "is_topic_message": True}
            return raw | ({"reply_to_message": first.quoted()} if first else {})
        if reply_to is not None:
            root = reply_to.raw.get("message_thread_id", reply_to.message_id)
            return {"message_thread_id": root, "reply_to_message": reply_to.quoted()}
        return {}

    def service(self, by: Raw | None, content: Raw, thread_id: int | None = None, *, told: bool = True) -> Message:
        """Puts a service message; the bot is told, of its own as well, as Telegram does."""
        place = {} if thread_id is None else {"message_thread_id": thread_id, "is_topic_message": True}
        message = self._telegram.post(self, by or self.owner.user, {**place, **content})
        if told:
            self.tell("message", message)
        return message

    def tell(self, kind: str, message: Message) -> None:
        """Tells the bot about a message, if it is in the group and gets such messages."""
        if self.has_bot and (self.bot_status == "administrator" or message.is_service or self._is_for_bot(message)):
            self._telegram.tell(kind, message.raw)

    def _is_for_bot(self, message: Message) -> bool:
        name = f"@{self._telegram.bot['username']}".lower()
        replied = message.raw.get("reply_to_message", {}).get("from", {}).get("id")
        return message.text.startswith("/") or name in message.text.lower() or replied == self._telegram.bot["id"]


def _within(topic: int | EllipsisType | None) -> Where:
    return lambda message: isinstance(topic, EllipsisType) or message.thread_id == topic
