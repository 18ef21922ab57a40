"""What the bot says when an agent asks for the console: the way in, in private only."""

from __future__ import annotations

from bot.message import Button, Message
from locales import Translator, escape


def way_in(t: Translator, url: str, minutes: int) -> Message:
    """The one-time link. Telegram makes buttons only of public addresses; any other is to be copied."""
    text = t.plural(
        "This opens the console in your browser, once and within {n} minute. Please pass it on to nobody: it lets in "
        "anybody who has it.",
        "This opens the console in your browser, once and within {n} minutes. Please pass it on to nobody: it lets in "
        "anybody who has it.",
        minutes,
    )
    if url.startswith("https://"):
        return Message(text, ((Button(t.plain("Open the console"), url=url),),))
    return Message(f"{text}\n\n{escape(url)}")


def in_private(t: Translator) -> Message:
    """`/console` in the group."""
    return Message(t("Write /console to me in private: the way in is for you alone."))
