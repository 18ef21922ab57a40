"""What agents read of agreements: what was agreed, and why it was not. `agreement_events` has what the topic of a case
is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.message import Button, Message
from bot.rules.agreements.agreed_terms import MOST_HOLD_DAYS, NotAgreed
from bot.rules.agreements.instalment_plans import ANSWER_WITHIN, FEWEST_PARTS, MOST_PARTS, Part, Plan
from bot.rules.cases import case_events_agreements as events
from bot.rules.cases.agent_notices import ToldInPrivate
from bot.rules.cases.case_events import CallBack
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.views.agreements.agent_disputes import instalment_words
from bot.views.lines import as_code, day_near
from locales import Html, Translator

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "promise": ("/promise 500 2026-03-20", "/promise all friday", "/promise TWD 1,200.50 明天", "/promise cancel"),
    "plan": (
        "/plan 3",
        "/plan 300+400+500",
        "/plan 6 2026-03-20 every 2 weeks",
        "/plan 4 every month all",
        "/plan cancel",
    ),
    "hold": ("/hold 14", "/hold 30 in hospital", "/hold cancel"),
    "dispute": ("/dispute", "/dispute 1", "/dispute accept REASON", "/dispute reject 2 REASON"),
}


def promised(t: Translator, amount: Money, until: date, told: bool) -> Message:
    """`/promise` worked; `told`: the customer knows."""
    head = t("Agreed: {amount} by {day}. The case rests until then.", amount=t.money(amount), day=t.day(until))
    return Message(f"{head}\n{_told(t, told)}")


def seen(t: Translator, until: date, told: bool) -> Message:
    """The button under a promise worked."""
    head = t("The promise for {day} is yours to look after. The case rests until then.", day=t.day(until))
    return Message(f"{head}\n{_told(t, told)}")


def see_button(t: Translator, case_id: int) -> Button:
    """Under a promise that the customer made by themselves."""
    return Button(t.plain("I’ve seen it"), f"promise_seen:{case_id}")


def held(t: Translator, until: date, told: bool) -> Message:
    """`/hold` worked."""
    head = t("No reminders until {day}. The case rests until then.", day=t.day(until))
    return Message(f"{head}\n{_told(t, told)}")


def taken_back(t: Translator) -> Message:
    """`/promise cancel`, `/hold cancel` or `/plan cancel` worked."""
    return Message(t("Taken back. Reminders go on, and the case no longer rests."))


def proposed(t: Translator, plan: Plan, today: date) -> Message:
    """A plan as it goes to the customer."""
    head = t("This goes to the customer, who can agree or decline with a button:")
    rests = t("The case rests until they answer, {days} at most.", days=t.days(ANSWER_WITHIN.days))
    tail = t.sentences(rests, t("You’ll read here what they answer. /plan cancel takes it back."))
    return Message("\n\n".join((head, schedule(t, plan.parts, today), tail)))


def not_shown(t: Translator) -> Message:
    """A plan did not reach the customer."""
    return Message(t("The plan didn’t reach the customer, so it is withdrawn. Please try again later."))


def dispute_noted(t: Translator, instalment: Instalment, today: date, until: date, told: bool) -> Message:
    head = t(
        "Noted as not right: {instalment}. No reminders about it until {day}.",
        instalment=instalment_words(t, instalment, today),
        day=day_near(t, until, today),
    )
    return Message(f"{head}\n{_told(t, told)}")


def dispute_answered(t: Translator, instalment: Instalment, today: date, is_wrong: bool, told: bool) -> Message:
    """`/dispute accept` or `/dispute reject` worked."""
    named = instalment_words(t, instalment, today)
    head = (
        t("Answered: {instalment} is wrong. It rests until the wallet has put it right.", instalment=named)
        if is_wrong
        else t("Answered: {instalment} is right. Its reminders go on.", instalment=named)
    )
    return Message(f"{head}\n{_told(t, told)}")


def schedule(t: Translator, parts: Sequence[Part], today: date) -> str:
    """The parts of a plan, a line each, and their sum."""
    lines = [
        t("{n}. {amount}, due {day}", n=p.number, amount=t.money(p.amount), day=day_near(t, p.due_date, today))
        for p in parts
    ]
    whole = Money(sum(p.amount.amount for p in parts), parts[0].amount.currency)
    return "\n".join([*lines, t("Total: <b>{amount}</b>", amount=t.money(whole))])


def _told(t: Translator, told: bool) -> Html:
    if told:
        return t("The customer has been told, and how to change it.")
    return t("The customer could not be told in Telegram: please tell them another way.")


def not_agreed(t: Translator, command: str, why: NotAgreed) -> Message:
    """What is wrong, and how to write it correctly."""
    money, on = t.joined(t.money(amount) for amount in why.amounts), t.date(why.day) if why.day else ""
    plain = {
        "nothing_owed": t("This customer has nothing to pay that isn’t disputed."),
        "nothing_due_by": t("Nothing is due by that day; the next is due {day}.", day=on),
        "plan_exists": t("A plan is agreed until {day}. /plan cancel takes it back.", day=on),
        "nothing_to_see": t("The customer has no promise of their own just now."),
        "nothing_to_cancel": t("There is nothing of the kind to take back."),
        "not_reachable": t(
            "The customer can’t be reached in Telegram to agree to it. {hold} lets it rest meanwhile.",
            hold=as_code("/hold 14"),
        ),
        "no_such_instalment": t("There is no such instalment to dispute. /dispute lists them."),
        "no_such_dispute": t("There is no such dispute. If there are several, say which: /dispute reject 2 REASON."),
        "no_reason": t("Please say why, in words for the customer: /dispute reject REASON."),
        "disputed_already": t("That one is being looked into already."),
    }
    if why.reason in plain:
        return Message(plain[why.reason])
    wrong = {
        "amount_unreadable": t("I can’t read the amount. Write it like 500, 1,200.50 or all."),
        "amount_decimals": t("The amount has more decimals than the currency."),
        "amount_zero": t("The amount has to be more than nothing."),
        "which_currency": t("In which currency? There is {amounts} to pay.", amounts=money),
        "other_currency": t("Nothing is owed in that currency. There is {amounts} to pay.", amounts=money),
        "more_than_owed": t("That is more than is owed: {amounts}.", amounts=money),
        "day_unreadable": t(
            "I can’t read the day. Write it like 2026-03-20, 03-20, tomorrow, friday, 3d, 明天, 周五 or 3天."
        ),
        "day_past": t("{day} is past. Please choose a day to come.", day=on),
        "day_too_far": t("That day is too far ahead: {day} is the last one.", day=on),
        "parts_sum": t("The parts have to add up to what is owed: {amounts}.", amounts=_of_sums(t, why.amounts)),
        "parts": t("A plan has {fewest} to {most} parts.", fewest=FEWEST_PARTS, most=MOST_PARTS),
        "too_small": t("{amounts} can’t be divided into so many parts.", amounts=money),
        "days": t("A hold lasts 1 to {most} days.", most=MOST_HOLD_DAYS),
    }
    examples = "\n".join(as_code(example) for example in EXAMPLES[command])
    head = wrong.get(why.reason) or t("How it is written:")
    return Message(f"{head}\n\n{examples}")


def _of_sums(t: Translator, amounts: Sequence[Money]) -> Html:
    """What was written, and what it has to be."""
    if len(amounts) < 2:
        return Html("")
    return t("{given} was written, {expected} is owed", given=t.money(amounts[0]), expected=t.money(amounts[-1]))


def agreement_notice(t: Translator, about: type[ToldInPrivate], number: str) -> Html:
    """The outcome of an agreement, in private to the case's agent."""
    known: dict[type[ToldInPrivate], Html] = {
        events.PromiseKept: t("Case {number}: the promise was kept, and something is left.", number=number),
        events.PromiseBroken: t("Case {number}: the promise was not kept.", number=number),
        events.PlanKept: t("Case {number}: the plan was kept, and something is left.", number=number),
        events.PlanBroken: t("Case {number}: a part of the plan was missed.", number=number),
        events.PlanAgreed: t("Case {number}: the customer agreed to the plan.", number=number),
        events.PlanDeclined: t("Case {number}: the customer doesn’t agree to the plan.", number=number),
        events.PlanUnanswered: t("Case {number}: the proposed plan was not answered.", number=number),
        events.PlanPaid: t("Case {number}: what the proposed plan was for has been paid.", number=number),
        events.PromiseNotNeeded: t("Case {number}: the promise is no longer needed.", number=number),
        events.PlanNotNeeded: t("Case {number}: the plan is no longer needed.", number=number),
        events.DisputeDue: t("Case {number}: the answer to the customer’s dispute is due.", number=number),
        events.ProposalNotNeeded: t("Case {number}: the plan is no longer needed.", number=number),
        CallBack: t("Case {number}: it’s time for the call that the customer asked for.", number=number),
    }
    return known[about]
