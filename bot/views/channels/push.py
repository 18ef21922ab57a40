"""The words of the channel push (a notification in the wallet's app)."""

from __future__ import annotations

from bot.views.channels.words import ChannelWords
from locales import Html, Translator


def _how_to_answer(t: Translator, brand: str) -> Html:
    return t("To answer, or to turn these notices off, open {brand}.", brand=brand)


WORDS = ChannelWords(lambda t: t.plain("app notice"), _how_to_answer)
