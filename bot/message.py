"""One message to one person as a value: its text, its buttons, how it arrives. Each channel renders it in its own
way.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

ACTION_BYTES = 64
"""The most bytes that the data of a button may have (Bot API, InlineKeyboardButton.callback_data)."""

_LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*(["'])(.*?)\1[^>]*>(.*?)</a\s*>""", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: pressing it sends `action` to the bot, or opens `url`; exactly one of the two."""

    label: str
    action: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if not self.label:
            raise ValueError("a button needs a label, this one has none")
        if bool(self.action) == bool(self.url):
            raise ValueError(f"button {self.label!r} needs either an action or a url, exactly one of them")
        size = len(self.action.encode())
        if size > ACTION_BYTES:
            raise ValueError(
                f"the action of button {self.label!r} has {size} bytes, Telegram takes {ACTION_BYTES}: shorten it"
            )


@dataclass(frozen=True, slots=True)
class Message:
    """A message's content. `text` is Telegram's HTML (b i u s code pre a blockquote), `buttons` rows of buttons below
    it. `ask_contact` is the label of a keyboard button that shares the person's own contact, `drop_keyboard` removes
    such a keyboard, `silent` arrives without a sound. A message has only one of buttons, ask_contact and drop_keyboard,
    because Telegram gives it one reply markup.
    `hint` names the lesson that the hint in it is of, for the record; it is not shown."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    ask_contact: str = ""
    drop_keyboard: bool = False
    silent: bool = False
    hint: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a message needs a text, this one has none")
        if sum((bool(self.buttons), bool(self.ask_contact), self.drop_keyboard)) > 1:
            raise ValueError("a message carries buttons, ask_contact or drop_keyboard, only one of them")

    def plain(self) -> str:
        """The text without markup, for SMS and the text part of a mail; a link keeps its address after its words."""
        return html.unescape(_TAG.sub("", _LINK.sub(_spell_out, self.text)))


def _spell_out(link: re.Match[str]) -> str:
    address, words = link.group(2), link.group(3)
    return words if _TAG.sub("", words) == address else f"{words} ({address})"
