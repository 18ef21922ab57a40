"""What is said of each channel: what agents read it called, and how a customer answers a reminder that came by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """`name` is what agents read. `how_to_answer` is a reminder's last paragraph, which even a shortened SMS keeps: how
    to answer and how to stop, with the brand's name. `has_buttons`: it is Telegram, with buttons and commands."""

    name: Callable[[Translator], str]
    how_to_answer: Callable[[Translator, str], Html]
    has_buttons: bool = False


def _by_telegram(t: Translator, brand: str) -> Html:
    return t("Turn reminders off: /stop")


def _by_email(t: Translator, brand: str) -> Html:
    return t(
        "To answer, open {brand} or our chat in Telegram. To get no more of these e-mails, reply with the word "
        "“stop”, or unsubscribe in your mail program.",
        brand=brand,
    )


def _by_sms(t: Translator, brand: str) -> Html:
    return t("To answer, or to stop these messages, open {brand} or our chat in Telegram.", brand=brand)


def _by_push(t: Translator, brand: str) -> Html:
    return t("To answer, or to turn these notices off, open {brand}.", brand=brand)


WORDS: Mapping[str, ChannelWords] = {
    "telegram": ChannelWords(lambda t: "Telegram", _by_telegram, has_buttons=True),
    "email": ChannelWords(lambda t: t.plain("e-mail"), _by_email),
    "sms": ChannelWords(lambda t: t.plain("SMS"), _by_sms),
    "push": ChannelWords(lambda t: t.plain("app notice"), _by_push),
}
