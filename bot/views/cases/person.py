"""Coming to a person: who is called, who writes, and what nobody read. What agents see is in `desk`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.views.agreements.callbacks import call_button
from bot.views.lines import clipped
from bot.views.menu import menu_buttons
from locales import Translator


def person_called(t: Translator, already: bool, has_phone: bool = False) -> Message:
    """A person was asked for, now or `already` before. Whom the wallet has a number of can be called instead."""
    first = (
        t("A person has already been asked and will write to you here in this chat.")
        if already
        else t("I’ve asked a person to join. They’ll write to you here in this chat.")
    )
    rows = ((call_button(t),),) if has_phone else ()
    return Message("\n\n".join((first, t("Feel free to start writing now; they’ll see it all."))), rows)


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


def not_passed_on(t: Translator) -> Message:
    """Something that was sent cannot be passed on to the person."""
    return Message(
        t(
            "I couldn’t pass your last message on to the person: Telegram doesn’t allow it. Please say it in words, or "
            "as a photo."
        )
    )


def answered_from(t: Translator, opens: datetime, zone: ZoneInfo) -> Message:
    """Nobody is there just now: when somebody will be, by the customer's own clock."""
    parts = (
        t("Nobody is at the desk right now."),
        t("A person will read what you write and answer from {when}, your time.", when=t.moment(opens, zone)),
    )
    return Message(t.sentences(*parts))


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


def thanks_for_keeping(t: Translator) -> Message:
    """What was agreed with a person was kept, and their case closed by it."""
    return Message(t("Your payment has arrived, as agreed. Thank you, also for talking with us."))


def settled_otherwise(t: Translator, ending: str) -> Message:
    """The case of somebody who had talked with a person closed, since nothing is past due, and not all of it was
    paid."""
    known = {
        "part_paid": t("Your payment has arrived. The rest isn’t owed any more, so nothing is past due."),
        "waived": t("What was past due has been waived: you don’t have to pay it."),
        "corrected": t("The amount has been corrected, and nothing is past due any more."),
        "moved": t("The due date has been moved, and nothing is past due any more."),
    }
    said = known.get(ending) or t("Nothing is past due any more.")
    return Message(t.sentences(said, t("Thank you for talking with us.")))


def not_understood(t: Translator) -> Message:
    """A command or press that is none of ours."""
    parts = (t("Sorry, I didn’t understand that."), t("Here’s what I can do. For anything else, a person can help."))
    return Message("\n\n".join(parts), menu_buttons(t))
