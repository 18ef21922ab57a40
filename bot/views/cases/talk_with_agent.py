"""Talking to a person: what the customer is told when an agent is called, writes, or is not there. `desk` has what
agents see.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.views.agreements.callbacks import call_button
from bot.views.lines import clipped
from bot.views.menu import menu_buttons
from locales import Translator


def person_called(t: Translator, already: bool, has_phone: bool = False, absent: str = "") -> Message:
    """An agent was asked for, now or `already` before. A customer whose phone number the wallet has can be called
    instead. `absent` says when somebody will be there, which comes first; empty if somebody is there."""
    first = (
        t("A person has already been asked and will write to you here in this chat.")
        if already
        else t("I’ve asked a person to join. They’ll write to you here in this chat.")
    )
    rows = ((call_button(t),),) if has_phone else ()
    parts = (absent, first, t("Feel free to start writing now; they’ll see it all."))
    return Message("\n\n".join(filter(None, parts)), rows)


def words_not_passed_on(t: Translator) -> Message:
    """A message came while no agent was there to read it."""
    parts = (
        t("I’m an automated assistant, and no person has seen this message."),
        t("If you’d like someone to read it, press “Talk to a person”."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def media_not_passed_on(t: Translator) -> Message:
    """A picture, voice message or file came while no agent was there; the same text as for words."""
    return words_not_passed_on(t)


def not_passed_on(t: Translator) -> Message:
    """Something that was sent cannot be passed on to the agent."""
    return Message(
        t(
            "I couldn’t pass your last message on to the person: Telegram doesn’t allow it. Please say it in words, or "
            "as a photo."
        )
    )


def answered_from(t: Translator, opens: datetime, zone: ZoneInfo) -> Message:
    """Nobody is there now: when somebody will be, by the customer's own clock."""
    parts = (
        t("Nobody is at the desk right now."),
        t("A person will read what you write and answer from {when}, your time.", when=t.moment(opens, zone)),
    )
    return Message(t.sentences(*parts))


def introduced(t: Translator, agent_name: str, brand: str) -> Message:
    """An agent takes over: their name."""
    return Message(
        t("{name} from {brand} is writing to you here.", name=clipped(agent_name, 60), brand=clipped(brand, 60))
    )


def case_closed(t: Translator) -> Message:
    """The talk with the agent has ended."""
    parts = (
        t("This conversation has ended. Thank you for talking with us."),
        t("You can ask for a person any time: /agent"),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def thanks_for_paying(t: Translator) -> Message:
    """A payment closed the case of a customer who talked with an agent."""
    return Message(
        t("Your payment has arrived, and nothing is past due any more. Thank you, also for talking with us.")
    )


def thanks_for_keeping(t: Translator) -> Message:
    """An agreement with an agent was kept, which closed the case."""
    return Message(t("Your payment has arrived, as agreed. Thank you, also for talking with us."))


def kept_and_told(t: Translator) -> Message:
    """An agreement with an agent was kept, which closed the case, and a receipt tells of the payment."""
    return Message(t("Just as agreed. Thank you, also for talking with us."))


def talk_is_over(t: Translator) -> Message:
    """The case of a customer who talked with an agent closed because nothing is past due, and a receipt tells of it."""
    return Message(t("Nothing is past due any more. Thank you for talking with us."))


def settled_otherwise(t: Translator, ending: str) -> Message:
    """The case of a customer who talked with an agent closed because nothing is past due, and not all of it was
    paid."""
    known = {
        "part_paid": t("Your payment has arrived. The rest isn’t owed any more, so nothing is past due."),
        "waived": t("What was past due has been waived: you don’t have to pay it."),
        "corrected": t("The amount has been corrected, and nothing is past due any more."),
        "moved": t("The due date has been moved, and nothing is past due any more."),
    }
    said = known.get(ending) or t("Nothing is past due any more.")
    return Message(t.sentences(said, t("Thank you for talking with us.")))
