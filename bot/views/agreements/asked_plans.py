"""What agents read about plans that customers make by themselves: what they can put aside, the plan they ask for with
the buttons to answer it, and what became of it."""

from __future__ import annotations

from bot.message import Button, Message
from bot.rules.cases import case_events_agreements as events
from bot.rules.cases.case import CanPay, CaseCard
from bot.rules.cases.event_codec import BareEvent, Event
from bot.views.agreements.plan_words import pace_sum, payday_words, plan_words
from bot.views.lines import day_near
from bot.views.menu import Rows
from locales import Html, Translator

MOST_SHOWN = 12  # parts on a card


def asked_lines(t: Translator, card: CaseCard) -> list[Html]:
    """Lines of a case's card."""
    lines: list[Html] = []
    if (can := card.can_pay) is not None:
        lines.append(_can_pay(t, can))
    if card.asked_plan is not None:
        lines.append(t("<b>Asks for this plan. Please agree or decline with a button below:</b>"))
        lines += [
            t("{n}. {amount}, due {day}", n=n, amount=t.money(amount), day=day_near(t, day, card.today))
            for n, (day, amount) in enumerate(card.asked_plan.parts[:MOST_SHOWN], 1)
        ]
        if len(card.asked_plan.parts) > MOST_SHOWN:
            last = t.date(card.asked_plan.parts[-1][0])
            lines.append(t("… up to {day}: {n} parts in all", day=last, n=len(card.asked_plan.parts)))
    return lines


def _can_pay(t: Translator, can: CanPay) -> Html:
    if not can.amount:
        return t("Can put nothing aside at the moment")
    sum_ = pace_sum(t, can.every, can.amount)
    if can.payday is None:
        return t("Can put aside {sum}", sum=sum_)
    if can.every == "2 weeks":
        return t("Can put aside {sum}; pay comes {payday}", sum=sum_, payday=payday_words(t, can.every, can.payday))
    return t("Can put aside {sum}; pay comes on {payday}", sum=sum_, payday=payday_words(t, can.every, can.payday))


def asked_buttons(t: Translator, card: CaseCard) -> Rows:
    """The answers to the plan that the customer asks for, below the card."""
    if card.asked_plan is None or not card.case.is_open:
        return ()
    about = f"{card.case.case_id}:{card.asked_plan.plan_id}"
    return (
        (
            Button(t.plain("Agree to the plan"), f"asked_plan:yes:{about}"),
            Button(t.plain("Decline"), f"asked_plan:no:{about}"),
        ),
    )


def granted(t: Translator, told: bool) -> Message:
    """The agent agreed; `told`: the customer knows."""
    head = t("The plan is agreed, and the case rests until its last part.")
    return Message(f"{head}\n{_told(t, told)}")


def refused(t: Translator, told: bool) -> Message:
    """The agent declined."""
    head = t("Declined. Please look for another way with the customer; /plan proposes another plan.")
    return Message(f"{head}\n{_told(t, told)}")


def asked_no_more(t: Translator) -> Message:
    """The plan does not wait for an answer any more."""
    return Message(t("This plan doesn’t wait for an answer any more. The card shows how it is now."))


def _told(t: Translator, told: bool) -> Html:
    if told:
        return t("The customer has been told.")
    return t("The customer could not be told in Telegram: please tell them another way.")


def event_text(t: Translator, event: Event | BareEvent, who: str) -> Html | None:
    """A line of a case's history; None for an event that is not about such a plan."""
    name = who or t.plain("An agent")
    if isinstance(event, events.PlanAsked):
        head = t("The customer asks for a plan: {plan}.", plan=plan_words(t, event))
        return t.sentences(head, t("The buttons for your answer are on the card."))
    if isinstance(event, events.PlanGranted):
        return t("{name} agreed to the plan that the customer asked for: {plan}.", name=name, plan=plan_words(t, event))
    plain = {
        events.PlanAsked.kind: t("The customer asks for a plan."),
        events.PlanGranted.kind: t("{name} agreed to the plan that the customer asked for.", name=name),
        events.PlanRefused.kind: t("{name} did not agree to the plan that the customer asked for.", name=name),
        events.PlanEnded.kind: t("The customer has ended their plan, or taken back what they asked for."),
        events.NoPlanFits.kind: t("No plan on offer fits what the customer can put aside; the card has their answers."),
    }
    return plain.get(event.kind)
