"""A reminder: one message with everything there is to say today, from any number of steps.

Its first line may be seen by others on a lock screen, so it contains no amount and no word about debts. What it says
about time is computed from today, so it is true on the day it arrives, even if its step was an earlier one. What it
says about answering fits its channel: only Telegram has buttons and commands.

It expects the best of its reader and shames nobody. In a field experiment, reminders that told borrowers of the
lender's good expectation raised repayment, and those that dwelt on what happens otherwise had no effect that lasted
(Du, Li, Lu and Lu, "Prosocial Compliance in P2P Lending", Management Science 66(1), 2020). In three others a red
envelope made things worse, and so could reminding people who had promised already (Saulitis, "Nudging debtors with
non-performing loans", Journal of Behavioral and Experimental Finance 37, online 2022). So nothing here is red, and
customers with a promise are not reminded. If an agent has the customer's case, the reminder names them: in another
experiment messages helped only with the name of a person whom the borrower knew (Karlan, Morten and Zinman, NBER
working paper 17952, 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.message import Button, Message
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.sending_hours import local_day
from bot.views.channels import WORDS
from bot.views.customers.balance import pay_row
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
from bot.views.menu import Rows, button
from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class ReminderItem:
    """One instalment, and the message of its step: upcoming, due_today, due, overdue or overdue_again. The text depends
    on the days past due; only overdue_again has another tone."""

    instalment: Instalment
    message: str


def reminder(
    t: Translator,
    facts: CustomerFacts,
    items: Sequence[ReminderItem],
    now: datetime,
    brand: str,
    pay_url: str = "",
    amounts: bool = True,
    *,
    channel: str = "telegram",
    agent: str = "",
    last_agent: str = "",
) -> Message:
    """One message about all `items`. With `amounts` False (the facts are old) it names no amount and asks to look.
    `agent` has the customer's open case, empty if there is none; then `last_agent` is the agent they talked with
    lately. Its last paragraph says how to answer and to stop."""
    if not items:
        raise ValueError("a reminder needs at least one instalment to speak of, none was given")
    today = local_day(facts.customer.zone, now)
    instalments = sorted((item.instalment for item in items), key=lambda i: (i.due_date, i.instalment_id))
    again = any(item.message == "overdue_again" and item.instalment.due_date < today for item in items)
    brand = clipped(brand, 60)
    head = t("A short note from {brand}", brand=brand)
    here = WORDS[channel].has_buttons
    known = _known(t, facts, instalments, amounts)
    todo = _how_to_pay(t, brand, here and bool(pay_url)) if amounts else _look(t, brand)
    person = _person(t, clipped(agent, 60), clipped(last_agent, 60), again, here)
    order = (person, todo) if again else (todo, person)
    others = _other_ways(t) if here else ""
    tail = "\n\n".join(part for part in (known, *order, others, WORDS[channel].how_to_answer(t, brand)) if part)
    text = _fitted(t, head, instalments, tail, today, amounts)
    return Message(text, _buttons(t, pay_url, again) if here else pay_row(t, pay_url))


def _fitted(t: Translator, head: str, instalments: Sequence[Instalment], tail: str, today: date, amounts: bool) -> str:
    """The whole text: with the parts of each amount if there is room, else without."""
    if not amounts:
        rows: list[str] = [instalment_line_without_amount(t, i, today) for i in instalments]
        return fitted(head, rows, tail, and_more(t))
    rows = _sections(t, instalments, today, details=True)
    if length("\n".join((head, *rows[:MOST_LINES], tail))) > ROOM:
        rows = _sections(t, instalments, today, details=False)
    return fitted(head, rows, tail, and_more(t))


def _sections(t: Translator, instalments: Sequence[Instalment], today: date, details: bool) -> list[str]:
    """A row for each instalment; the first overdue one, the first of today and the first upcoming one have a
    heading."""
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


def _known(t: Translator, facts: CustomerFacts, instalments: Sequence[Instalment], amounts: bool) -> str:
    """The total, if it adds information, and the date of the facts."""
    together = [total_line(t, instalments)] if amounts and len(instalments) > 1 else []
    return "\n".join([*together, facts_line(t, facts)]).strip()


def _look(t: Translator, brand: str) -> Html:
    return t(
        "Amounts may have changed since our last update, so please look in {brand} for today’s. "
        "If you’ve just paid, there’s nothing to do.",
        brand=brand,
    )


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


def _person(t: Translator, agent: str, last_agent: str, again: bool, here: bool) -> Html:
    """Who helps: the agent who has the case, the agent they know, or any agent if they ask."""
    if agent and here:
        return t("{name} is looking after this with you. Just write here, and they’ll read it.", name=agent)
    if agent:
        return t("{name} is looking after this with you.", name=agent)
    if last_agent and here:
        return t(
            "You talked with {name} about your payments. If you’d like to talk again: “Talk to a person” below, or "
            "/agent.",
            name=last_agent,
        )
    if last_agent:
        return t(
            "You talked with {name} about your payments. If you’d like to talk again, we’re glad to.", name=last_agent
        )
    return _person_again(t, here) if again else _person_first(t, here)


def _person_first(t: Translator, here: bool) -> Html:
    if here:
        return t(
            "Have a question, or is the timing difficult? A person is glad to help: “Talk to a person” below, or "
            "/agent."
        )
    return t("Have a question, or is the timing difficult? A person is glad to help.")


def _person_again(t: Translator, here: bool) -> Html:
    if here:
        return t(
            "If paying is difficult right now, please tell us. A person will listen and look for a way "
            "with you: “Talk to a person” below, or /agent."
        )
    return t("If paying is difficult right now, please tell us. A person will listen and look for a way with you.")


def _other_ways(t: Translator) -> Html:
    return t("You can also choose a day that suits you better, or say that something isn’t right.")


def _buttons(t: Translator, pay_url: str, again: bool) -> Rows:
    """What the customer can do; the button for a person comes first after the first reminder."""
    pay = pay_row(t, pay_url) or ((Button(t.plain("Pay"), "pay"),),)
    ways = ((button(t, "promise"), button(t, "dispute")),)
    if again:
        return ((button(t, "agent"),), *pay, *ways, (button(t, "settings"),))
    return (*pay, *ways, (button(t, "agent"), button(t, "settings")))
