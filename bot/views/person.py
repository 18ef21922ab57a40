"""Coming to a person: who is called, who writes, and what nobody read. What agents see is in `desk`."""

from __future__ import annotations

from bot.message import Button, Message
from bot.views.lines import clipped
from bot.views.menu import menu_buttons
from locales import Translator


def person_called(t: Translator, already: bool) -> Message:
    """A person was asked for, now or `already` before."""
    first = (
        t("A person has already been asked and will write to you here in this chat.")
        if already
        else t("I’ve asked a person to join. They’ll write to you here in this chat.")
    )
    return Message("\n\n".join((first, t("Feel free to start writing now; they’ll see it all."))))


def words_not_passed_on(t: Translator) -> Message:
    """Words came while no person was there to read them."""
    parts = (
        t("I’m an automated assistant, and no person has seen this message."),
        t("If you’d like someone to read it, press “Talk to a person”."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def media_not_passed_on(t: Translator) -> Message:
    """A picture, voice message or file came while no person was there; said like words."""
    return words_not_passed_on(t)


def introduced(t: Translator, agent_name: str, brand: str) -> Message:
    """A person takes over: who it is."""
    return Message(
        t("{name} from {brand} is writing to you here.", name=clipped(agent_name, 60), brand=clipped(brand, 60))
    )


def case_closed(t: Translator) -> Message:
    """The talk with a person has ended."""
    parts = (
        t("This conversation has ended. Thank you for talking with us."),
        t("You can ask for a person any time: /agent"),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def thanks_for_paying(t: Translator) -> Message:
    """Payment closed the case of somebody who had talked with a person."""
    return Message(
        t("Your payment has arrived, and nothing is past due any more. Thank you, also for talking with us.")
    )


def not_understood(t: Translator) -> Message:
    """A command or press that is none of ours."""
    parts = (t("Sorry, I didn’t understand that."), t("Here’s what I can do. For anything else, a person can help."))
    return Message("\n\n".join(parts), (*menu_buttons(t), (Button(t.plain("Help"), "help"),)))
