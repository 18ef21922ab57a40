"""A reminder: one message that lists all there is to say today, whatever steps it stems from.

Its first line is fit for a lock screen that others see: no sum, no word of owing. What it says of time is reckoned
from today, so it is true on the day it arrives even when its step was an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.message import Button, Message
from bot.rules.facts import Instalment, Standing
from bot.rules.hours import local_day
from bot.views.lines import (
    MOST_LINES,
    ROOM,
    and_more,
    clipped,
    facts_line,
    fitted,
    instalment_line,
    instalment_line_without_amount,
    length,
    total_line,
)
from bot.views.menu import Rows
from bot.views.money import pay_row
from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class ReminderItem:
    """One instalment to speak of, and the message that its step names: upcoming, due_today, due, overdue or
    overdue_again. What is said follows the days past due; only overdue_again says it in another tone."""

    instalment: Instalment
    message: str


def reminder(
    t: Translator,
    standing: Standing,
    items: Sequence[ReminderItem],
    now: datetime,
    brand: str,
    pay_url: str = "",
    amounts: bool = True,
) -> Message:
    """One message about all `items`. With `amounts` False (the facts are old) it names no sum and asks to look."""
    if not items:
        raise ValueError("a reminder needs at least one instalment to speak of, none was given")
    today = local_day(standing.customer.zone, now)
    instalments = sorted((item.instalment for item in items), key=lambda i: (i.due_date, i.instalment_id))
    again = any(item.message == "overdue_again" and item.instalment.due_date < today for item in items)
    brand = clipped(brand, 60)
    head = t("A short note from {brand}", brand=brand)
    tail = "\n\n".join(part for part in _tail(t, standing, instalments, brand, bool(pay_url), again, amounts) if part)
    text = _fitted(t, head, instalments, tail, today, amounts)
    return Message(text, _buttons(t, pay_url, again))


def _fitted(t: Translator, head: str, instalments: Sequence[Instalment], tail: str, today: date, amounts: bool) -> str:
    """The whole text: with what each sum is made of if there is room for it, else without."""
    if not amounts:
        rows: list[str] = [instalment_line_without_amount(t, i, today) for i in instalments]
        return fitted(head, rows, tail, and_more(t))
    rows = _sections(t, instalments, today, details=True)
    if length("\n".join((head, *rows[:MOST_LINES], tail))) > ROOM:
        rows = _sections(t, instalments, today, details=False)
    return fitted(head, rows, tail, and_more(t))


def _sections(t: Translator, instalments: Sequence[Instalment], today: date, details: bool) -> list[str]:
    """A row for each instalment; the first past its date, the first of today and the first to come carry a heading."""
    overdue = [i for i in instalments if i.due_date < today]
    rows: list[str] = []
    for chosen, heading in (
        (overdue, _overdue_heading(t, len(overdue))),
        ([i for i in instalments if i.due_date == today], t("Due today:")),
        ([i for i in instalments if i.due_date > today], t("Coming up:")),
    ):
        lines: list[str] = [instalment_line(t, i, today, details) for i in chosen]
        if lines:
            gap = "\n" if rows else ""
            rows += [f"{gap}{heading}\n{lines[0]}", *lines[1:]]
    return rows


def _overdue_heading(t: Translator, n: int) -> Html:
    return t.plural(
        "This payment was due and hasn’t reached us yet:", "These payments were due and haven’t reached us yet:", n
    )


def _tail(
    t: Translator,
    standing: Standing,
    instalments: Sequence[Instalment],
    brand: str,
    with_button: bool,
    again: bool,
    amounts: bool,
) -> list[str]:
    """As of when, what to do, and how to reach a person; the person comes first where we have written before."""
    as_of = facts_line(t, standing)
    if amounts:
        together = [total_line(t, instalments)] if len(instalments) > 1 else []
        known = "\n".join([*together, as_of]).strip()
        todo = _how_to_pay(t, brand, with_button)
    else:
        known = as_of
        todo = t(
            "Amounts may have changed since our last update, so please look in {brand} for today’s. "
            "If you’ve just paid, there’s nothing to do.",
            brand=brand,
        )
    person = _person_again(t) if again else _person(t)
    stop = t("Turn reminders off: /stop")
    return [known, person, todo, stop] if again else [known, todo, person, stop]


def _how_to_pay(t: Translator, brand: str, with_button: bool) -> Html:
    if with_button:
        return t(
            "You can pay with the button below or in {brand}. If you’ve just paid, there’s nothing to do; it can "
            "take a day to show.",
            brand=brand,
        )
    return t(
        "You can pay in {brand}. If you’ve just paid, there’s nothing to do; it can take a day to show.", brand=brand
    )


def _person(t: Translator) -> Html:
    return t(
        "Have a question, or is the timing difficult? A person is glad to help: “Talk to a person” below, or /agent."
    )


def _person_again(t: Translator) -> Html:
    return t(
        "If paying is difficult right now, please tell us. A person will listen and look for a way "
        "with you: “Talk to a person” below, or /agent."
    )


def _buttons(t: Translator, pay_url: str, again: bool) -> Rows:
    person = ((Button(t.plain("Talk to a person"), "agent"),),)
    look = ((Button(t.plain("Balance"), "balance"), Button(t.plain("Due dates"), "due")),)
    return person + pay_row(t, pay_url) + look if again else pay_row(t, pay_url) + look + person
