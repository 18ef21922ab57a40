"""What is answered to a customer's own words where it is not clear what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Button, Message
from bot.rules.customers.intents import Intent
from bot.views.menu import BY_NAME, menu_buttons
from locales import Translator

COMMAND_OF = {Intent.PERSON: "agent", Intent.FRAUD: "genuine"}
"""The command whose button asks for an intent, where it is called otherwise."""


def did_you_mean(t: Translator, likely: Sequence[Intent], again: bool) -> Message:
    """What the likeliest intents are, as buttons, and a person last; `again`: the second time in a row."""
    if set(likely) <= {Intent.PERSON}:
        return still_not_understood(t)
    asked = (
        t("I still don’t quite understand. A person can read it, if you like. Or did you mean:")
        if again
        else t("I’m not sure I understand. Did you mean:")
    )
    buttons = dict.fromkeys([intent_button(t, intent) for intent in likely])
    rows = tuple((one,) for one in buttons if one is not None)
    person = intent_button(t, Intent.PERSON)
    assert person is not None
    return Message(asked, rows if (person,) in rows else (*rows, (person,)))


def still_not_understood(t: Translator) -> Message:
    """Nothing that duebot knows was meant, for the second time in a row: a person is offered."""
    return Message(t("I don’t understand that, sorry. Would you like a person to read it?"), menu_buttons(t))


def person_reads(t: Translator) -> Message:
    """It was not understood for the third time: a person is asked without being called for."""
    return Message(t("I’m not getting this right, so I’m asking a person to read what you wrote."))


def intent_button(t: Translator, intent: Intent) -> Button | None:
    """The button that asks for an intent; None for one that no button asks for."""
    command = BY_NAME.get(COMMAND_OF.get(intent, intent))
    return command.button(t) if command is not None else _OTHERS[intent](t) if intent in _OTHERS else None


_OTHERS = {
    Intent.RESUME: lambda t: Button(t.plain("Turn reminders on"), "resume"),
    Intent.PAID: lambda t: Button(t.plain("I’ve paid already"), "meant:paid"),
    Intent.WRONG: lambda t: Button(t.plain("You have the wrong person"), "meant:wrong"),
}
