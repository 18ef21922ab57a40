"""What is answered at once to a customer's own words about danger, a hard time, a wrong person or a payment."""

from __future__ import annotations

from bot.message import Message
from bot.rules.customers.helplines import Helpline
from bot.views.menu import button
from locales import Translator


def in_danger(t: Translator, helpline: Helpline | None, *, a_person_comes: bool) -> Message:
    """Warm and short, with the help line of their country, if it is known. No word of money, and no menu, which has
    one. `a_person_comes`: somebody was asked to write to them."""
    parts = [t("I’m so sorry you’re going through this. You matter, and you don’t have to be alone with it.")]
    if helpline is not None:
        parts.append(
            t(
                "Please call <b>{number}</b> now ({name}). Somebody there will listen.",
                number=helpline.number,
                name=helpline.name,
            )
        )
        parts.append(t("If you’re in immediate danger, please call your local emergency number."))
    else:
        parts.append(t("Please call your local emergency number now, or go to somebody near you whom you trust."))
    if a_person_comes:
        parts.append(t("A person from our team will write to you here as well. You won’t get any reminders."))
    return Message("\n\n".join(parts))


def hard_time(t: Translator) -> Message:
    """The ways out, as buttons; a person was asked to write."""
    parts = (
        t("I’m sorry, that sounds hard. Thank you for telling us."),
        t(
            "A person will write to you here and look for a way that fits. If you like, you can already choose a later "
            "day, or ask to pay in parts."
        ),
    )
    return Message("\n\n".join(parts), ((button(t, "promise"),), (button(t, "plan"),), (button(t, "agent"),)))
