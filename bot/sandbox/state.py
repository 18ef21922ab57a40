"""The local Telegram itself: who there is, what was written, and what the bot was told of it.

Nothing here speaks HTTP and nothing is refused here: that is for `server` and `methods`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Literal, NamedTuple

from bot.clock import Clock
from bot.sandbox.bell import Bell
from bot.sandbox.demo import Demo
from bot.sandbox.faults import Faults, Limits
from bot.sandbox.files import FileStore
from bot.sandbox.groups import Group
from bot.sandbox.messages import Conversation, Message
from bot.sandbox.people import Person
from bot.sandbox.profile import Profile
from bot.sandbox.queries import Queries
from bot.sandbox.updates import UpdateQueue

Raw = dict[str, Any]

_KEPT_REQUESTS = 100_000  # so that a demo left open for weeks does not grow for ever


class Request(NamedTuple):
    """A Bot API call and its answer."""

    at: datetime
    method: str
    params: dict[str, Any]
    response: dict[str, Any]


class LocalTelegram:
    """One bot's Telegram. `clock` dates the messages; the same state, served again, continues where it was."""

    def __init__(
        self,
        *,
        clock: Clock,
        token: str = "123456:TEST-token",  # noqa: S107  made up, and good for this server only
        bot_username: str = "duebot_demo_bot",
        bot_name: str = "Wallet",
        demo: Demo | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.clock = clock
        self.token = token
        self.bot: Raw = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": bot_name}
        self.bot["username"] = bot_username
        self.demo = demo
        self.limits = limits
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.moved: dict[int, int] = {}
        self.routes: dict[str, str] = {}
        self.updates = UpdateQueue()
        self.faults = Faults()
        self.files = FileStore()
        self.profile = Profile(bot_name)
        self.queries = Queries()
        self.requests: list[Request] = []
        self.bell = Bell()
        self.seq = 0
        # Which ephemeral messages this server knows: those of the Bot API 10.2, of 10.3, or none; "ignored": it has
        # their methods, and sends them to everybody.
        self.ephemeral: Literal["10.2", "10.3", "ignored"] | None = None
        self._sent: list[tuple[str, Message]] = []
        self._private_ids: Iterator[int] = count(1)

    # -- who there is ------------------------------------------------------------------------------------------------

    def person(
        self,
        user_id: int,
        first_name: str,
        language_code: str = "en",
        phone: str | None = None,
        *,
        last_name: str | None = None,
        username: str | None = None,
        zone: str = "UTC",
        on_page: bool | None = None,
    ) -> Person:
        """Someone with a phone; their chat with the bot begins when they write. `on_page` None: unless in a group."""
        if user_id in self.people:
            raise ValueError(f"person {user_id} exists already: {self.people[user_id].name}")
        user: Raw = {"id": user_id, "is_bot": False, "first_name": first_name, "language_code": language_code}
        user |= {"last_name": last_name} if last_name else {}
        user |= {"username": username} if username else {}
        self.people[user_id] = Person(self, user, phone=phone, zone=zone, on_page=on_page)
        self.changed()
        return self.people[user_id]

    def forum(self, chat_id: int = -1001234567890, title: str = "Agents", members: Sequence[Person] = ()) -> Group:
        """A supergroup with topics where the bot is an administrator; the first member owns it."""
        return self._add_group(Group(self, chat_id, title, members, is_forum=True, bot_admin=True))

    def group(
        self,
        chat_id: int = -1009876543210,
        title: str = "Friends",
        members: Sequence[Person] = (),
        bot_admin: bool = False,
    ) -> Group:
        """A group without topics; a bot that is not an administrator hears only commands, mentions and replies."""
        return self._add_group(Group(self, chat_id, title, members, is_forum=False, bot_admin=bot_admin))

    def _add_group(self, group: Group) -> Group:
        if group.chat_id >= 0:
            raise ValueError(f"a group's id is negative, {group.chat_id} is not")
        self.groups[group.chat_id] = group
        self.changed()
        return group

    def conversations(self) -> list[Conversation]:
        chats = [person.chat for person in self.people.values()]
        return chats + [group.chat for group in self.groups.values()]

    # -- what is written ---------------------------------------------------------------------------------------------

    def now(self) -> int:
        """The clock's time as the Bot API gives it, in Unix seconds."""
        return int(self.clock.now().timestamp())

    def changed(self, message: Message | None = None) -> int:
        """Something visible changed; wakes who waits for that."""
        self.seq += 1
        if message is not None:
            message.seq = self.seq
        self.bell.ring()
        return self.seq

    def post(self, owner: Person | Group, sender: Raw, content: Raw, *, keyboard: Raw | None = None) -> Message:
        """Writes a message into a private chat or group; who is told of it is the caller's business."""
        chat = owner.chat
        number = owner.next_message_id() if isinstance(owner, Group) else next(self._private_ids)
        raw = {"message_id": number, "from": sender, "chat": owner.shown(), "date": self.now(), **content}
        message = Message(chat.chat_id, number, copy.deepcopy(raw), bool(sender["is_bot"]), self.real_time())
        message.keyboard = keyboard
        chat.add(message)
        self.changed(message)
        return message

    def record_sent(self, method: str, message: Message) -> None:
        self._sent.append((method, message.snapshot()))

    def record(self, method: str, params: dict[str, Any], response: dict[str, Any]) -> None:
        if len(self.requests) >= _KEPT_REQUESTS:
            del self.requests[: _KEPT_REQUESTS // 2]
        self.requests.append(Request(self.clock.now(), method, params, copy.deepcopy(response)))

    def sent(self, method: str | None = None, chat_id: int | None = None) -> list[Message]:
        """What the bot wrote, oldest first, each as it was when written (later edits do not show)."""
        fitting = [message for name, message in self._sent if method in (None, name)]
        return [message for message in fitting if chat_id in (None, message.chat_id)]

    # -- what the bot is told ----------------------------------------------------------------------------------------

    def tell(self, kind: str, payload: Raw) -> int | None:
        """Queues an update for the bot; its id, or None when the bot does not take that kind."""
        return self.updates.put(kind, payload)

    def repeat(self, update_id: int) -> None:
        """Delivers an update again under the same id."""
        self.updates.repeat(update_id)

    @staticmethod
    def real_time() -> float:
        """Monotonic real time, for how long someone waits; never for what time it is."""
        return time.monotonic()
