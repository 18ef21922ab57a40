"""A customer's settings: language, reminders, and the present promise, each with a button to change it."""

from __future__ import annotations

from datetime import date

from bot.message import Button, Message
from bot.views.agreements.callbacks import call_button
from bot.views.customers.linking import not_mine_button
from bot.views.menu import button
from locales import NAMES, Translator


def settings(
    t: Translator, stopped: bool, promised_until: date | None, has_phone: bool = False, link_id: int = 0
) -> Message:
    """The present settings, in the customer's language."""
    lines = (
        t("<b>Your settings</b>"),
        t("Language: {language}", language=NAMES[t.language]),
        t("Reminders: off") if stopped else t("Reminders: on"),
        *([t("Your promise is for {day}.", day=t.day(promised_until))] if promised_until else []),
    )
    reminders = (
        Button(t.plain("Turn reminders on"), "resume") if stopped else Button(t.plain("Turn reminders off"), "stop")
    )
    promise = ((Button(t.plain("Another day"), "promise"), Button(t.plain("Cancel my promise"), "promise:cancel")),)
    rows = (
        (reminders,),
        *(promise if promised_until else ()),
        *(((call_button(t),),) if has_phone else ()),
        (Button(t.plain("Language"), "language"), button(t, "privacy")),
        *(((not_mine_button(t, link_id),),) if link_id else ()),
    )
    return Message("\n".join(lines), rows)
