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
from datetime import date, datetime, timedelta

from bot.message import Button, Message
from bot.rules.customers.lessons import Lesson
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from bot.views.agreements.late_fee_words import free_until
from bot.views.channels import WORDS
from bot.views.customers.balance import pay_row
from bot.views.lines import (
    MOST_LINES,
    ROOM,
    and_more,
    clipped,
    details_of,
    facts_line,
    fitted,
    instalment_line,
    instalment_line_without_amount,
    length,
    total_line,
)
from bot.views.menu import Rows, button
from bot.views.reminders.notice_context import NoticeContext
from bot.views.reminders.stages import Stage, brief_help, first_line, help_line, sentence, stage_of, ways_out
from locales import Html, Translator

MOST_OF_ONE = {"": 400, "zh": 160}
"""Characters of a reminder about one instalment, its parts included: who is reminded reads on a small screen."""
TODAYS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReminderItem:
    """One instalment, and the message of its step: upcoming, due_today, due, overdue or overdue_again. The text depends
    on the days past due; only overdue_again has another tone."""

    instalment: Instalment
    message: str


@dataclass(frozen=True, slots=True)
class ReminderContext(NoticeContext):
    """What a reminder says besides its instalments; without amounts it asks to look. `agent` has the customer's open
    case, empty if there is none; then `last_agent` is the agent they talked with lately. `policy` is given where a
    reminder of one debt says what being late will cost. The `hint` of a lesson is left out where there is no room for
    it, where an agent has the case, and where there are no buttons."""

    agent: str = ""
    last_agent: str = ""
    policy: Policy | None = None
    hint: Lesson | None = None


def reminder(
    t: Translator, facts: CustomerFacts, items: Sequence[ReminderItem], now: datetime, about: ReminderContext
) -> Message:
    """One message about all `items`. Its last paragraph says how to answer and to stop."""
    if not items:
        raise ValueError("a reminder needs at least one instalment to speak of, none was given")
    today = local_day(facts.customer.zone, now)
    instalments = sorted((item.instalment for item in items), key=lambda i: (i.due_date, i.instalment_id))
    again = any(item.message == "overdue_again" and item.instalment.due_date < today for item in items)
    stage = stage_of(instalments[0].due_date, today, again)
    head = first_line(t, stage, clipped(about.brand, 60))
    tail = _tail(t, facts, instalments, stage, now, about)
    here = WORDS[about.channel].has_buttons
    text = _fitted(t, stage, head, instalments, tail, today, about)
    buttons = main_buttons(t, about.pay_url) if here else pay_row(t, about.pay_url)
    if about.hint is not None and here and about.amounts and not about.agent:
        with_hint = f"{text}\n\n{_hint(t, about.hint)}"
        if length(Message(with_hint).plain()) <= (_most_of_one(t) if len(instalments) == 1 else ROOM):
            return Message(with_hint, buttons, hint=about.hint.name)
    return Message(text, buttons)


def _tail(
    t: Translator,
    facts: CustomerFacts,
    instalments: Sequence[Instalment],
    stage: Stage,
    now: datetime,
    about: ReminderContext,
) -> str:
    """What follows the instalments: the total, what can be done, who helps, and how to answer."""
    here, brand = WORDS[about.channel].has_buttons, clipped(about.brand, 60)
    person = _person(t, clipped(about.agent, 30), clipped(about.last_agent, 30), here)
    if not about.amounts:
        todo = _look(t, brand)
    else:
        todo = brief_help(t) if person and stage != "later" else help_line(t, stage)
    if not here and about.amounts:
        todo = t.sentences(todo, t("You can pay in {brand}.", brand=brand))
    if stage == "later" and about.amounts:
        todo, person = t.sentences(todo, person or ways_out(t, here)), Html("")
    known = _known(t, facts, instalments, now, about.amounts)
    return "\n\n".join(part for part in (known, todo, person, WORDS[about.channel].how_to_answer(t, brand)) if part)


def _hint(t: Translator, lesson: Lesson) -> str:
    assert lesson.hint is not None
    return f"<i>{t('{hint} More: /learn', hint=lesson.hint.text)}</i>"


def _most_of_one(t: Translator) -> int:
    return MOST_OF_ONE["zh" if t.language.startswith("zh") else ""]


def _fitted(
    t: Translator,
    stage: Stage,
    head: Html,
    instalments: Sequence[Instalment],
    tail: str,
    today: date,
    about: ReminderContext,
) -> str:
    """The whole text: with the parts of each amount if there is room, else without. One instalment is a sentence, with
    what being late will cost if there is room for that."""
    if not about.amounts:
        rows: list[str] = [instalment_line_without_amount(t, i, today) for i in instalments]
        return fitted(head, rows, tail, and_more(t))
    if len(instalments) == 1:
        cost = Html("") if about.policy is None else free_until(t, instalments[0], about.policy, today)
        said = sentence(t, stage, instalments[0], today)
        in_full = "\n".join((head, "", said, *details_of(t, instalments[0])))
        most = _most_of_one(t)
        short = "\n\n".join((head, said))
        texts = ["\n\n".join(part for part in parts if part) for parts in ((in_full, cost, tail), (short, cost, tail))]
        return next((text for text in texts if length(Message(text).plain()) <= most), "\n\n".join((short, tail)))
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


def _known(t: Translator, facts: CustomerFacts, instalments: Sequence[Instalment], now: datetime, amounts: bool) -> str:
    """The total, if it adds information, and the date of the facts if they are not of today or yesterday."""
    together = [total_line(t, instalments)] if amounts and len(instalments) > 1 else []
    is_old = facts.facts_at is None or now - facts.facts_at > TODAYS
    return "\n".join([*together, *([facts_line(t, facts)] if is_old else [])]).strip()


def _look(t: Translator, brand: str) -> Html:
    return t(
        "Amounts may have changed since our last update, so please look in {brand} for today’s. "
        "If you’ve just paid, there’s nothing to do.",
        brand=brand,
    )


def _person(t: Translator, agent: str, last_agent: str, here: bool) -> Html:
    """The agent who has the case, or whom they know. Empty if there is none."""
    if agent and here:
        return t("{name} is looking after this with you. Just write here, and they’ll read it.", name=agent)
    if agent:
        return t("{name} is looking after this with you.", name=agent)
    if last_agent and here:
        return t("You talked with {name} about your payments. If you’d like to talk again: /agent.", name=last_agent)
    if last_agent:
        return t(
            "You talked with {name} about your payments. If you’d like to talk again, we’re glad to.", name=last_agent
        )
    return Html("")


def main_buttons(t: Translator, pay_url: str = "") -> Rows:
    """One main button, and one that opens the others in its place."""
    return (*(pay_row(t, pay_url) or ((button(t, "pay"),),)), (other_ways(t),))


def other_ways(t: Translator) -> Button:
    """Opens what else can be done, in the same message."""
    return Button(t.plain("Other ways"), "ways:open")


def all_ways(t: Translator) -> Rows:
    """What else can be done, and the way back."""
    return (
        (button(t, "promise"),),
        (button(t, "dispute"),),
        (button(t, "agent"),),
        (button(t, "settings"), Button(t.plain("Back"), "ways:back")),
    )
