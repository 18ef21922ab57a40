"""The words of the channel Telegram."""

from __future__ import annotations

from bot.views.channels.words import ChannelWords
from locales import Html, Translator


def _how_to_answer(t: Translator, brand: str) -> Html:
    return t("Turn reminders off: /stop")


WORDS = ChannelWords(lambda t: "Telegram", _how_to_answer, has_buttons=True)
