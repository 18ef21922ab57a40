"""What is answered at once to a customer's own words about danger, a hard time, a wrong person or a payment."""

from __future__ import annotations

from bot.message import Button, Message
from bot.rules.customers.helplines import Helpline
from bot.views.lines import clipped
from bot.views.menu import button, menu_buttons
from locales import Translator


def in_danger(t: Translator, helpline: Helpline | None, *, a_person_comes: bool, absent: str = "") -> Message:
    """Warm and short, with the help line of their country, if it is known. No word of money, and no menu, which has
    one. `a_person_comes`: somebody was asked to write to them; `absent` says from when on, if nobody is there now."""
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
    return Message("\n\n".join(filter(None, [*parts, absent])))


def hard_time(t: Translator, absent: str = "") -> Message:
    """The ways out, as buttons; a person was asked to write. `absent` says when somebody will be there, if nobody is
    now."""
    parts = (
        t("I’m sorry, that sounds hard. Thank you for telling us."),
        absent,
        t(
            "A person will write to you here and look for a way that fits. If you like, you can already choose a later "
            "day, or ask to pay in parts."
        ),
    )
    return Message(
        "\n\n".join(filter(None, parts)), ((button(t, "promise"),), (button(t, "plan"),), (button(t, "agent"),))
    )


def wrong_person(t: Translator) -> Message:
    """Sorry, and nothing of anybody's affairs; one press takes it back."""
    parts = (
        t("I’m sorry for disturbing you. You won’t get any more reminders in this chat."),
        t("A person will put it right. You don’t have to do anything."),
    )
    return Message("\n\n".join(parts), ((Button(t.plain("It’s me after all"), "right_person"),),))


def not_yours(t: Translator) -> Message:
    """To somebody who said that they are not the customer, and asks for something of the customer's."""
    parts = (
        t("You told me that I have the wrong person, so I can’t show anything here."),
        t("A person will put it right."),
    )
    return Message("\n\n".join(parts), ((Button(t.plain("It’s me after all"), "right_person"),),))


def right_person(t: Translator) -> Message:
    """It was taken back."""
    return Message(t("All right, this chat gets reminders again."), menu_buttons(t))


def said_paid(t: Translator, rests: bool) -> Message:
    """Thanks, and what happens now: reminders rest until the wallet's next facts, or (`rests` is False: they said so
    before) a person is better."""
    if rests:
        parts = (
            t("Thank you! It can take a day or so until a payment shows here."),
            t("I won’t remind you until then, for two days at most."),
        )
        return Message("\n\n".join(parts), ((button(t, "agent"),),))
    parts = (
        t("Thank you. I still can’t see that payment, sorry."),
        t("A person can look into it with you. It helps to have the receipt at hand."),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),), (button(t, "dispute"),)))


def is_it_genuine(t: Translator, brand: str) -> Message:
    """What is never asked for here, and how to see that this is no swindler."""
    brand = clipped(brand, 60)
    parts = (
        t("It’s good that you ask. I’m the assistant of {brand}.", brand=brand),
        t(
            "I never ask for a password, a PIN, a code or a card number, and never to send money to anybody’s private "
            "account. Anybody who asks for that isn’t me."
        ),
        t(
            "To be sure, open {brand}’s own app: what you owe there is the same as here, and its link opens this chat. "
            "Pay only there.",
            brand=brand,
        ),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),),))


def welcome(t: Translator) -> Message:
    """To somebody who says thanks."""
    return Message(t("You’re welcome! I’m here whenever you need me."))


def greeting(t: Translator, brand: str) -> Message:
    """To somebody who says hello, and no more."""
    parts = (
        t("Hello! I’m {brand}’s automated assistant.", brand=clipped(brand, 60)),
        t("What can I do for you? Press a button, or just write it in your own words."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))
