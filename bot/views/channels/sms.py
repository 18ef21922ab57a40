"""The words of the channel SMS."""

from __future__ import annotations

from bot.views.channels.words import ChannelWords
from locales import Html, Translator


def _how_to_answer(t: Translator, brand: str) -> Html:
    return t("To answer, or to stop these messages, open {brand} or our chat in Telegram.", brand=brand)


WORDS = ChannelWords(lambda t: t.plain("SMS"), _how_to_answer)
