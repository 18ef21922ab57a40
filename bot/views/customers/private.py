"""Texts without any facts: in a group, after an error of ours, or when messages came too fast."""

from __future__ import annotations

from bot.message import Button, Message
from locales import Translator


def money_in_private(t: Translator, bot_username: str) -> Message:
    """In a group: not here."""
    button = Button(t.plain("Open the private chat"), url=f"https://t.me/{bot_username.removeprefix('@')}")
    return Message(t("I only talk about money in private, where nobody else can read it."), ((button,),))


def wrong_group(t: Translator) -> Message:
    """In a group that is not an agents' group: the bot leaves it."""
    return Message(t("I work for one team only, and this isn’t their group, so I’ll leave it. Have a good day!"))


def old_button(t: Translator) -> str:
    """The notice over the chat after a press on a button that does nothing any more."""
    return t.plain("That button is out of date. This is how things are today.")


def sorry(t: Translator) -> Message:
    """Something failed on our side."""
    return Message(t("Sorry, something went wrong on our side. It’s been noted; please try again in a little while."))


def too_fast(t: Translator) -> Message:
    """Somebody sends more than the bot can answer: the rest was not read."""
    return Message(t("You’ve sent more than I can read, so I read only part of it. Please try again in a minute."))
