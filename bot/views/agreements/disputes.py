"""Disputing an instalment: which one, and what happens next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.message import Button, Message
from bot.rules.agreements.disputes import Why
from bot.rules.facts.customer_facts import Instalment
from bot.views.lines import day_near, instalment_line, product_of
from bot.views.menu import Rows, button, menu_buttons
from locales import Html, Translator

MOST_SHOWN = 10


def choose_instalment(
    t: Translator,
    owed: Sequence[tuple[str, Instalment]],
    today: date,
    again: bool = False,
    running: Sequence[tuple[str, Instalment]] = (),
) -> Message:
    """The instalments that can be disputed, as buttons, earliest due first; each with the key that its button sends.
    `running` are those that are being looked into. `again`: the one that was pressed is not there."""
    looked_into = tuple(
        (Button(t.plain("Being looked into: {what}", what=_label(t, i, today)), f"dispute:{key}"),)
        for key, i in running[:MOST_SHOWN]
    )
    gone = (t("I can’t find that one any more. Perhaps it has been settled."),) if again else ()
    if not owed:
        nothing = t("There’s nothing open right now that we could look into. A person can help with anything else.")
        return Message("\n\n".join((*gone, nothing)), (*looked_into, (button(t, "agent"),), *menu_buttons(t)))
    parts = (
        *gone,
        t("Which one isn’t right? A person will look into it, and meanwhile I won’t remind you of that one."),
        *([t("Is it another one? A person can help.")] if len(owed) > MOST_SHOWN else []),
    )
    rows = tuple((Button(_label(t, i, today), f"dispute:{key}"),) for key, i in owed[:MOST_SHOWN])
    return Message("\n\n".join(parts), (*rows, *looked_into, (button(t, "agent"),)))


def noted(
    t: Translator, key: str, instalment: Instalment, today: date, until: date, answer_by: date | None = None
) -> Message:
    """The dispute is noted: what happens next, what is wrong as buttons, and that words and files are welcome."""
    parts = (
        t("Thank you for telling us. A person will look into this one and write to you here:"),
        instalment_line(t, instalment, today, details=False),
        *_answer(t, answer_by, today),
        t(
            "I won’t remind you of it until {day}. Whatever else is due, I’ll still let you know about.",
            day=day_near(t, until, today),
        ),
        t("What isn’t right? Press it, or write it here. A photo or a file helps, too: the person will see it."),
    )
    return Message("\n\n".join(parts), reasons(t, key))


def why_noted(t: Translator, key: str, why: Why, today: date, answer_by: date | None) -> Message:
    """What is wrong was said."""
    asks: Mapping[Why, Html] = {
        "paid": t("Noted: you’ve paid it already. A receipt or a picture of the payment helps: send it here."),
        "amount": t("Noted: the amount isn’t right. What should it be? Write it here; a bill or contract helps, too."),
        "unknown": t("Noted: you don’t know this payment. If you remember anything about it, write it here."),
        "date": t("Noted: the date isn’t right. Which one was agreed? Write it here."),
        "other": t("Noted. Please write in a few words what isn’t right."),
    }
    rows = ((_back(t, key),), (button(t, "agent"), button(t, "due")))
    return Message("\n\n".join((asks[why], *_answer(t, answer_by, today))), rows)


def already_noted(
    t: Translator, key: str, instalment: Instalment, today: date, answer_by: date | None = None
) -> Message:
    """It was disputed before."""
    parts = (
        t("You’ve told us about this one, and reminders for it are paused:"),
        instalment_line(t, instalment, today, details=False),
        *_answer(t, answer_by, today),
    )
    return Message("\n\n".join(parts), reasons(t, key))


def taken_back(t: Translator, instalment: Instalment, today: date) -> Message:
    """The customer said that it is right after all."""
    parts = (
        t("Done: this one counts as right again, and reminders for it go on as before."),
        instalment_line(t, instalment, today, details=False),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def reasons(t: Translator, key: str) -> Rows:
    """What may be wrong, and the way back."""

    def reason(label: str, why: Why) -> Button:
        return Button(label, f"dispute:{key}:{why}")

    return (
        (reason(t.plain("I’ve paid it already"), "paid"), reason(t.plain("The amount is wrong"), "amount")),
        (reason(t.plain("I don’t know this payment"), "unknown"), reason(t.plain("The date is wrong"), "date")),
        (reason(t.plain("Something else is wrong"), "other"), _back(t, key)),
        (button(t, "agent"),),
    )


def _back(t: Translator, key: str) -> Button:
    return Button(t.plain("It’s right after all"), f"dispute:{key}:back")


def _answer(t: Translator, answer_by: date | None, today: date) -> tuple[Html, ...]:
    """The day by which a person answers, if one was said."""
    if answer_by is None:
        return ()
    return (t("A person will answer you by <b>{day}</b>.", day=day_near(t, answer_by, today)),)


def _label(t: Translator, instalment: Instalment, today: date) -> str:
    return t.plain(
        "{product}: {amount}, {day}",
        product=product_of(t, instalment.product, 24),
        amount=t.money(instalment.outstanding),
        day=day_near(t, instalment.due_date, today),
    )
