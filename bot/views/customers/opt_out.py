"""Turning reminders off and on again."""

from __future__ import annotations

from bot.message import Button, Message
from bot.views.menu import button, menu_buttons
from locales import Translator


def stopped(t: Translator, can_pause: bool = False) -> Message:
    """No more reminders; what does not change, and (`can_pause`) that they might pause instead."""
    parts = (
        t("Done. I won’t send you any more reminders."),
        t("Your balance and due dates are still here. If something is past its date, a person may still contact you."),
    )
    on, pause = Button(t.plain("Turn reminders on"), "resume"), Button(t.plain("Only pause them"), "set:pause")
    return Message("\n\n".join(parts), ((on, pause) if can_pause else (on,), *menu_buttons(t)))


def resumed(t: Translator) -> Message:
    """Reminders come again; the hour and how many are in the settings."""
    text = t("Reminders are on again. I’ll write before each due date.")
    return Message(text, ((button(t, "settings"),), *menu_buttons(t)))
