"""Disputing an instalment: which one, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.message import Button, Message
from bot.rules.facts.customer_facts import Instalment
from bot.views.lines import day_near, instalment_line, product_of
from bot.views.menu import button, menu_buttons
from locales import Translator

MOST_SHOWN = 10


def choose_instalment(
    t: Translator, owed: Sequence[tuple[str, Instalment]], today: date, again: bool = False
) -> Message:
    """The instalments that can be disputed, as buttons, earliest due first; each with the key that its button sends.
    `again`: the one that was pressed is not there."""
    gone = (t("I can’t find that one any more. Perhaps it has been settled."),) if again else ()
    if not owed:
        nothing = t("There’s nothing open right now that we could look into. A person can help with anything else.")
        return Message("\n\n".join((*gone, nothing)), ((button(t, "agent"),), *menu_buttons(t)))
    parts = (
        *gone,
        t("Which one isn’t right? A person will look into it, and meanwhile I won’t remind you of that one."),
        *([t("Is it another one? A person can help.")] if len(owed) > MOST_SHOWN else []),
    )
    rows = tuple((Button(_label(t, i, today), f"dispute:{key}"),) for key, i in owed[:MOST_SHOWN])
    return Message("\n\n".join(parts), (*rows, (button(t, "agent"),)))


def noted(t: Translator, instalment: Instalment, today: date, until: date) -> Message:
    """The dispute is noted: what happens next, and that a message with details is welcome."""
    parts = (
        t("Thank you for telling us. A person will look into this one and write to you here:"),
        instalment_line(t, instalment, today, details=False),
        t(
            "I won’t remind you of it until {day}. Whatever else is due, I’ll still let you know about.",
            day=day_near(t, until, today),
        ),
        t("If you like, write in a few words what isn’t right. The person will read it."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def already_noted(t: Translator, instalment: Instalment, today: date) -> Message:
    """It was disputed before."""
    parts = (
        t("You’ve told us about this one, and reminders for it are paused:"),
        instalment_line(t, instalment, today, details=False),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),), *menu_buttons(t)))


def _label(t: Translator, instalment: Instalment, today: date) -> str:
    return t.plain(
        "{product}: {amount}, {day}",
        product=product_of(t, instalment.product, 24),
        amount=t.money(instalment.outstanding),
        day=day_near(t, instalment.due_date, today),
    )
