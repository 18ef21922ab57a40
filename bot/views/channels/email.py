"""The words of the channel e-mail."""

from __future__ import annotations

from bot.views.channels.words import ChannelWords
from locales import Html, Translator


def _how_to_answer(t: Translator, brand: str) -> Html:
    return t(
        "To answer, open {brand} or our chat in Telegram. To get no more of these e-mails, reply with the word "
        "“stop”, or unsubscribe in your mail program.",
        brand=brand,
    )


WORDS = ChannelWords(lambda t: t.plain("e-mail"), _how_to_answer)
