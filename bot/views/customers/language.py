"""Choosing the language of the bot."""

from __future__ import annotations

from bot.message import Button, Message
from bot.views.menu import menu_buttons
from locales import LANGUAGES, NAMES, Translator


def choose_language(t: Translator, current: str | None) -> Message:
    """The languages, each in its own name; the current one is marked."""
    rows = tuple((Button(_label(language, current), f"language:{language}"),) for language in LANGUAGES)
    return Message(t("Which language would you like?"), rows)


def language_set(t: Translator, before: str | None = None) -> Message:
    """The language was changed; said in the new language, with the way back to the one before."""
    undo = ((Button(t.plain("Undo"), f"language:{before}"),),) if before in LANGUAGES else ()
    return Message(t("I’ll write in English from now on."), (*undo, *menu_buttons(t)))


def _label(language: str, current: str | None) -> str:
    return f"✓ {NAMES[language]}" if language == current else NAMES[language]
