"""A person with a phone: what they write, press and send, in their chat with the bot and in groups; for tests and the
page.

What a phone would not allow fails as an AssertionError that says why.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.sandbox import members
from bot.sandbox.contents import caption_content, file_content, text_content
from bot.sandbox.groups import Group
from bot.sandbox.keyboards import find_button, keyboard_labels, visible_buttons
from bot.sandbox.listening import Listener
from bot.sandbox.message_waits import Ear
from bot.sandbox.messages import Conversation, Message

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

# Who writes for an administrator that stays anonymous (Bot API, Message.from).
ANONYMOUS: Raw = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


class Person(Listener):
    def __init__(
        self, telegram: LocalTelegram, user: Raw, *, phone: str | None, zone: str, on_page: bool | None
    ) -> None:
        self.user = user
        self.phone = phone
        self.zone = zone
        self.chat = Conversation(self.user_id)
        self.started = False
        self.blocked = False
        self.deactivated = False
        self.forbids_voice = False  # takes no voice and video messages, a setting of Telegram Premium
        self.start_payload = ""  # what the page's Start button sends along, as from a deep link
        self.opened: list[str] = []
        self.topics: set[int] = set()  # the threads of this private chat
        self._on_page = on_page
        self._used_keyboards: set[int] = set()
        super().__init__(telegram, Ear(self.name, telegram.bell, lambda: self.chat.shown))

    @property
    def user_id(self) -> int:
        return int(self.user["id"])

    @property
    def name(self) -> str:
        return str(self.user["first_name"])

    @property
    def language_code(self) -> str:
        return str(self.user["language_code"])

    @property
    def on_page(self) -> bool:
        """Whether the page shows their phone."""
        if self._on_page is not None:
            return self._on_page
        return not any(self in group.members for group in self._telegram.groups.values())

    def shown(self) -> Raw:
        """Their private chat with the bot as the Bot API shows it."""
        names = ("first_name", "last_name", "username")
        return {"id": self.user_id, "type": "private"} | {key: self.user[key] for key in names if key in self.user}

    # -- looking and listening ---------------------------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        """Their chat with the bot, oldest first."""
        return self.chat.shown

    @property
    def inbox(self) -> list[Message]:
        """What the bot wrote to them, oldest first."""
        return [message for message in self.chat.shown if message.from_bot and not message.is_service]

    @property
    def menu(self) -> list[Raw]:
        """The commands their phone offers in the chat with the bot."""
        return self._telegram.profile.menu_for(self.user_id, self.language_code)

    @property
    def keyboard(self) -> Raw | None:
        """The reply keyboard under their chat: `keyboard` rows or a `force_reply`; None when there is none."""
        for message in reversed(self.chat.shown):
            if message.keyboard is not None:
                used = message.message_id in self._used_keyboards
                return None if used or message.keyboard.get("remove_keyboard") else message.keyboard
        return None

    # -- the chat with the bot ---------------------------------------------------------------------------------------

    def say(self, text: str, *, reply_to: int | None = None) -> Raw:
        return self._write(self, text_content(text), reply_to=reply_to)

    def reply(self, message_id: int, text: str) -> Raw:
        return self.say(text, reply_to=message_id)

    def edit(self, message_id: int, text: str) -> Raw:
        return self._edit(self, message_id, text)

    def delete(self, message_id: int) -> None:
        """Deletes one message of the chat; the bot is not told."""
        message = self._find(self, message_id)
        message.deleted = True
        self._telegram.changed(message)

    def press(self, label: str) -> Raw:
        """Presses the newest button with that label, under a message or on the reply keyboard."""
        button, message = self._button(self, label, self.chat.shown, self.keyboard)
        return self._press_inline(self, button, message) if message else self._press_key(button)

    def press_data(self, data: str, message: Message | Raw | int | None = None) -> Raw:
        """A forged press: any data, under any message (the bot's newest unless given)."""
        return self._query(self, data, self._pressed(message))

    def share_contact(self, of: Person | None = None, *, phone: str | None = None) -> Raw:
        """Sends one's own contact, or another person's; `phone` overrides the number, to share a wrong one."""
        owner = of or self
        number = phone or owner.phone
        if number is None:
            raise AssertionError(f"{owner.name} has no phone number to share; give phone= when making the person")
        contact = {"phone_number": number, "first_name": owner.name, "user_id": owner.user_id}
        return self._write(self, {"contact": contact})

    def send_photo(self, content: bytes, caption: str = "", name: str = "photo.jpg") -> Raw:
        return self._write(self, file_content(self._telegram, "photo", content, name, caption))

    def send_document(self, content: bytes, name: str, caption: str = "") -> Raw:
        return self._write(self, file_content(self._telegram, "document", content, name, caption))

    def send_voice(self, content: bytes = b"voice") -> Raw:
        return self._write(self, file_content(self._telegram, "voice", content, "voice.ogg", ""))

    def send_sticker(self, emoji: str = "🙂") -> Raw:
        content = file_content(self._telegram, "sticker", b"sticker", "sticker.webp", "")
        content["sticker"]["emoji"] = emoji
        return self._write(self, content)

    def send_media(self, kind: str, content: bytes, name: str, caption: str = "") -> Raw:
        """Sends a video, audio, animation or video_note."""
        return self._write(self, file_content(self._telegram, kind, content, name, caption))

    def send_album(self, *parts: tuple[str, bytes, str]) -> list[Raw]:
        """Sends several media as one: kind, content and caption of each. The bot is told of each by itself."""
        return self._send_album(self, parts)

    def send(self, **content: Any) -> Raw:
        """Sends anything else, given as the Bot API's message fields, for example `location={...}`."""
        return self._write(self, content)

    def edit_fields(self, message_id: int, **content: Any) -> Raw:
        """Changes what a message shows otherwise than by its text, as a live location or another file do."""
        return self._change(self, message_id, content)

    def block(self) -> None:
        self._change_membership(blocked=True)

    def unblock(self) -> None:
        self._change_membership(blocked=False)

    def deactivate(self) -> None:
        """Deletes their Telegram account; the bot is not told."""
        self.deactivated = True
        self._telegram.changed()

    def _change_membership(self, *, blocked: bool) -> None:
        if self.blocked == blocked:
            return
        states = members.kicked(self._telegram.bot), members.member(self._telegram.bot)
        new, old = states if blocked else states[::-1]
        self.blocked = blocked
        self.started = True
        change = {"chat": self.shown(), "from": self.user, "date": self._telegram.now()}
        self._telegram.tell("my_chat_member", change | {"old_chat_member": old, "new_chat_member": new})
        self._ear.attend(self._telegram.changed())

    # -- groups ------------------------------------------------------------------------------------------------------

    def say_in(
        self,
        group: Group,
        text: str,
        topic: int | None = None,
        *,
        reply_to: int | None = None,
        anonymously: bool = False,
    ) -> Raw:
        """Writes in a group; `anonymously` as administrators can, in the group's name."""
        return self._write(group, text_content(text), topic=topic, reply_to=reply_to, anonymously=anonymously)

    def reply_in(self, group: Group, message_id: int, text: str) -> Raw:
        topic = self._find(group, message_id).thread_id
        return self._write(group, text_content(text), topic=topic, reply_to=message_id)

    def edit_in(self, group: Group, message_id: int, text: str) -> Raw:
        return self._edit(group, message_id, text)

    def press_in(self, group: Group, label: str, topic: int | None = None) -> Raw:
        """Presses the newest button with that label in a topic, or in General."""
        messages = [message for message in group.messages if message.thread_id == topic]
        button, message = self._button(group, label, messages, None)
        if message is None:
            raise AssertionError("reply keyboards are not shown in groups")
        return self._press_inline(group, button, message)

    def press_data_in(self, group: Group, data: str, message: Message | Raw | int) -> Raw:
        return self._query(group, data, self._pressed(message, group))

    def send_photo_in(self, group: Group, content: bytes, caption: str = "", topic: int | None = None) -> Raw:
        return self._write(group, file_content(self._telegram, "photo", content, "photo.jpg", caption), topic=topic)

    def send_document_in(
        self, group: Group, content: bytes, name: str, caption: str = "", topic: int | None = None
    ) -> Raw:
        return self._write(group, file_content(self._telegram, "document", content, name, caption), topic=topic)

    def send_media_in(
        self, group: Group, kind: str, content: bytes, name: str, caption: str = "", topic: int | None = None
    ) -> Raw:
        return self._write(group, file_content(self._telegram, kind, content, name, caption), topic=topic)

    def send_album_in(
        self, group: Group, *parts: tuple[str, bytes, str], topic: int | None = None, reply_to: int | None = None
    ) -> list[Raw]:
        return self._send_album(group, parts, topic=topic, reply_to=reply_to)

    def send_in(self, group: Group, topic: int | None = None, *, reply_to: int | None = None, **content: Any) -> Raw:
        """Sends anything else, given as the Bot API's message fields."""
        return self._write(group, content, topic=topic, reply_to=reply_to)

    def edit_fields_in(self, group: Group, message_id: int, **content: Any) -> Raw:
        return self._change(group, message_id, content)

    # -- how it is done ----------------------------------------------------------------------------------------------

    def _send_album(
        self,
        where: Person | Group,
        parts: Sequence[tuple[str, bytes, str]],
        *,
        topic: int | None = None,
        reply_to: int | None = None,
    ) -> list[Raw]:
        album = {"media_group_id": str(14_000_000_000_000_000 + self._telegram.seq)}
        return [
            self._write(
                where,
                album | file_content(self._telegram, kind, content, f"{kind}-{number}", caption),
                topic=topic,
                reply_to=reply_to,
            )
            for number, (kind, content, caption) in enumerate(parts, 1)
        ]

    def _write(
        self,
        where: Person | Group,
        content: Raw,
        *,
        topic: int | None = None,
        reply_to: int | None = None,
        anonymously: bool = False,
    ) -> Raw:
        self._assert_can_write(where, topic)
        replied = None if reply_to is None else self._find(where, reply_to)
        if isinstance(where, Group):
            place = where.placement(topic, replied)
        else:
            place = {"reply_to_message": replied.quoted()} if replied else {}
            self.started = True
        sender = self.user
        if anonymously:
            sender, place = ANONYMOUS, {**place, "sender_chat": where.shown()}
        message = self._telegram.post(where, sender, {**place, **content})
        message.from_bot = False  # not by this one, at any rate
        self._tell(where, "message", message)
        return copy.deepcopy(message.raw)

    def _edit(self, where: Person | Group, message_id: int, text: str) -> Raw:
        message = self._find(where, message_id)
        if message.raw["from"]["id"] != self.user_id:
            raise AssertionError(f"{self.name} can edit only their own messages, not {message.describe()}")
        content = text_content(text) if "text" in message.raw else caption_content(text)
        for key in ("entities", "caption_entities"):
            message.raw.pop(key, None)
        message.raw.update(content, edit_date=self._telegram.now())
        self._telegram.changed(message)
        self._tell(where, "edited_message", message)
        return copy.deepcopy(message.raw)

    def _change(self, where: Person | Group, message_id: int, content: Raw) -> Raw:
        message = self._find(where, message_id)
        message.raw.update(copy.deepcopy(content), edit_date=self._telegram.now())
        self._telegram.changed(message)
        self._tell(where, "edited_message", message)
        return copy.deepcopy(message.raw)

    def _tell(self, where: Person | Group, kind: str, message: Message) -> None:
        if isinstance(where, Group):
            where.attend(message.seq)
            where.tell(kind, message)
        else:
            self._ear.attend(message.seq)
            self._telegram.tell(kind, message.raw)

    def _assert_can_write(self, where: Person | Group, topic: int | None = None) -> None:
        if self.deactivated:
            raise AssertionError(f"{self.name}'s account is deactivated")
        if not isinstance(where, Group):
            assert not self.blocked, f"{self.name} has blocked the bot; unblock() first"
            return
        assert self in where.members, f"{self.name} is not a member of {where.title!r}"
        if topic is not None:
            found = where.topic(topic)
            assert not found.deleted, f"topic {topic} is deleted"
            assert not found.closed, f"topic {topic} is closed"

    def _button(
        self, where: Person | Group, label: str, messages: list[Message], keyboard: Raw | None
    ) -> tuple[Raw, Message | None]:
        self._assert_can_write(where)
        found = find_button(label, messages, keyboard)
        if found is None:
            inline = "\n  ".join(visible_buttons(messages)) or "none"
            keys = keyboard_labels(keyboard) or "none"
            raise AssertionError(f"{self.name} sees no button {label!r}; under messages:\n  {inline}\nkeyboard: {keys}")
        return found

    def press_button(self, where: Person | Group, button: Raw, message: Message) -> Raw:
        """Presses that very inline button."""
        self._assert_can_write(where)
        return self._press_inline(where, button, message)

    def press_key(self, text: str) -> Raw:
        """Presses the reply keyboard's key with exactly that text."""
        for row in (self.keyboard or {}).get("keyboard", []):
            for key in row:
                if key["text"] == text:
                    return self._press_key(key)
        raise AssertionError(f"the keyboard has no key {text!r}; there is {keyboard_labels(self.keyboard)}")

    def _press_inline(self, where: Person | Group, button: Raw, message: Message) -> Raw:
        if "callback_data" in button:
            return self._query(where, button["callback_data"], message)
        target = button.get("url") or button.get("copy_text", {}).get("text", "")
        self.opened.append(target)
        return {"url": target}

    def _press_key(self, button: Raw) -> Raw:
        for message in reversed(self.chat.shown):
            if message.keyboard is not None:
                if message.keyboard.get("one_time_keyboard"):
                    self._used_keyboards.add(message.message_id)
                break
        return self.share_contact() if button.get("request_contact") else self.say(button["text"])

    def _pressed(self, message: Message | Raw | int | None, group: Group | None = None) -> Message | int:
        if isinstance(message, Message):
            return message
        if message is None:
            return self.inbox[-1] if self.inbox else 1
        number = message if isinstance(message, int) else int(message["message_id"])
        return (group or self).chat.find(number) or number

    def _query(self, where: Person | Group, data: str, message: Message | int) -> Raw:
        self._assert_can_write(where)
        telegram = self._telegram
        query = telegram.queries.new(self.user_id, telegram.now())
        if isinstance(message, int):
            shown = {"chat": where.shown(), "message_id": message, "date": 0}
        else:
            shown = message.raw
        instance = str(7_000_000_000_000_000_000 + abs(where.chat.chat_id))
        raw: Raw = {"id": query.query_id, "from": self.user, "message": shown, "chat_instance": instance, "data": data}
        where.attend(telegram.seq)
        if not isinstance(where, Group) or where.has_bot:
            telegram.tell("callback_query", raw)
        return copy.deepcopy(raw)

    def _find(self, where: Person | Group, message_id: int) -> Message:
        message = where.chat.find(message_id)
        if message is None:
            raise AssertionError(f"no message {message_id} here; there are {[m.message_id for m in where.chat.shown]}")
        return message
