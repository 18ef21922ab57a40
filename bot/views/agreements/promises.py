"""Promises to pay: the days to choose from, what was promised, and why a promise is not possible."""

from __future__ import annotations

from datetime import date

from bot.message import Button, Message
from bot.rules.agreements.promise_choices import Choice, PartChoice, Promised, Said
from bot.rules.facts.customer_facts import total
from bot.rules.facts.money import Money
from bot.views.lines import MOST_LINES, and_more, as_code, clipped, fitted, instalment_line
from bot.views.menu import Rows, button, menu_buttons
from locales import Html, Translator


def choose_day(t: Translator, choice: Choice, again: bool = False) -> Message:
    """The days as buttons. `again`: the day that was pressed is not one of these."""
    if choice.amount is None:
        about = t("Which day works for you? It covers everything due by then, and I won’t remind you before that day.")
    else:
        agreed_sum = t.money(choice.amount)
        about = t(
            "Which day works for you to pay the agreed {amount}? I won’t remind you before then.", amount=agreed_sum
        )
    parts = (
        *([t("That day can’t be chosen. These can:")] if again else []),
        *([_moving(t, choice.until, choice.promised, choice.moves_left)] if choice.until else []),
        about,
    )
    rows = tuple((Button(_label(t, day, choice.today), f"promise:{day.isoformat()}"),) for day in choice.days)
    part: Rows = ((Button(t.plain("Only a part of it"), "promise:part"),),) if choice.can_be_part else ()
    return Message("\n\n".join(parts), (*rows, *part, (button(t, "agent"),)))


def choose_part(t: Translator, choice: PartChoice) -> Message:
    """The parts as buttons; the day is asked for next."""
    said = (
        t("The smallest part that can be promised is <b>{amount}</b>.", amount=t.money(choice.parts[0]))
        if choice.too_small
        else t("How much can you pay? The day comes next.")
    )
    example = as_code("/promise " + t.plain("500 on Friday"))
    other = t("For another sum, write it with the day: {example}", example=example)
    rows = tuple((Button(t.money(part), f"promise:part:{part.amount}{part.currency}"),) for part in choice.parts)
    return Message(f"{said}\n{other}", (*rows, (Button(t.plain("All of it"), "promise"), button(t, "agent"))))


def said_day(t: Translator, said: Said) -> Message:
    """What the customer's sentence promises, to be confirmed by one press: nothing is promised without it."""
    if said.is_named and len(said.days) == 1:
        when = _when(t, said.days[0], said.today)
        text = (
            t("Shall I note that you’ll pay <b>{amount}</b> by {day} ({in_days})?", amount=t.money(said.part), **when)
            if said.part is not None
            else t("Shall I note that you’ll pay what’s due by {day} ({in_days})?", **when)
        )
        yes = Button(t.plain("Yes, on {day}", day=t.day(said.days[0])), _press(said.days[0], said.part))
        rows: Rows = ((yes,), (_another_day(t, said.part), button(t, "agent")))
        return Message("\n\n".join((text, t("Until then I won’t remind you."))), rows)
    head = t("That day can’t be chosen. These can:") if said.is_other_day else ""
    asks = t("Which day do you mean?") if said.is_named else t("Which day works for you?")
    about = (
        t("It’s about {amount}, and I won’t remind you before that day.", amount=t.money(said.part))
        if said.part is not None
        else t("It covers everything due by then, and I won’t remind you before that day.")
    )
    rows = tuple((Button(_label(t, day, said.today), _press(day, said.part)),) for day in said.days)
    return Message("\n\n".join(filter(None, (head or asks, about))), (*rows, (button(t, "agent"),)))


def _press(day: date, part: Money | None) -> str:
    of_part = f":{part.amount}{part.currency}" if part is not None else ""
    return f"promise:{day.isoformat()}{of_part}"


def promised(t: Translator, made: Promised) -> Message:
    """The promise is made: how much, by when, and what happens next."""
    sums = (made.amount,) if made.amount else total(made.instalments)
    amount, when = t.joined(t.money(sum_) for sum_ in sums), _when(t, made.until, made.today)
    head = (
        t("Thank you. You’ll pay <b>{amount}</b> by {day} ({in_days}).", amount=amount, **when)
        if amount
        else t("Thank you. You’ll pay by {day} ({in_days}).", **when)
    )
    tail = (
        *([t("I’ve passed it on to {name}.", name=clipped(made.person, 40))] if made.person else []),
        t("Until then I won’t remind you. If it hasn’t arrived by the end of that day, a person will get in touch."),
        t("If something comes up, you can choose another day, or talk to a person."),
    )
    listed = made.instalments if len(made.instalments) > 1 and not made.amount else ()
    lines = [instalment_line(t, i, made.today, details=False) for i in listed]
    text = fitted(head, lines[:MOST_LINES], "\n\n".join(tail), and_more(t), max(0, len(lines) - MOST_LINES))
    return Message(text, _after(t, made.amount))


def nothing_to_promise(t: Translator) -> Message:
    """Nothing is overdue or due soon."""
    return Message(t("Nothing is due in the next few days, so there’s no need to choose a day now."), menu_buttons(t))


def plan_exists(t: Translator, until: date) -> Message:
    """A plan is in force; a promise in addition would only confuse."""
    text = t(
        "You have a plan with us until {day}. If it doesn’t fit any more, /plan shows what can be changed, "
        "or a person can help.",
        day=t.day(until),
    )
    return Message(text, ((button(t, "plan"), button(t, "agent")), *menu_buttons(t)))


def moved_often(t: Translator, until: date | None) -> Message:
    """It was moved as often as possible: an agent looks for a better solution."""
    parts = (
        *([t("Your promise is for {day}.", day=t.day(until))] if until else []),
        t("The day has moved a few times by now. A person can look with you for something that fits better."),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),),))


def cancelled(t: Translator, existed: bool) -> Message:
    """The promise was taken back, if there was one."""
    if not existed:
        return Message(t("There’s no promise at the moment."), menu_buttons(t))
    text = t("Done, your promise is cancelled. Reminders go on as before.")
    return Message(text, menu_buttons(t))


def _moving(t: Translator, until: date, promised: Money | None, moves_left: int) -> str:
    current = (
        t("Your promise is for {day}.", day=t.day(until))
        if promised is None
        else t("Your promise: {amount} by {day}.", amount=t.money(promised), day=t.day(until))
    )
    moves = t.plural("You can still move it {n} time.", "You can still move it {n} times.", moves_left)
    return f"{current}\n{moves}"


def _label(t: Translator, day: date, today: date) -> str:
    return t.plain("{day} ({in_days})", **_when(t, day, today))


def _when(t: Translator, day: date, today: date) -> dict[str, str]:
    in_days: Html = t.in_days((day - today).days)
    return {"day": t.day(day), "in_days": in_days}


def _another_day(t: Translator, part: Money | None) -> Button:
    """Another day for the same: who promised a part and moves it has still promised that part."""
    return Button(t.plain("Another day"), "promise" if part is None else f"promise:part:{part.amount}{part.currency}")


def _after(t: Translator, promised: Money | None) -> Rows:
    return (
        (Button(t.plain("Pay"), "pay"), _another_day(t, promised)),
        (button(t, "agent"), Button(t.plain("Cancel my promise"), "promise:cancel")),
    )
