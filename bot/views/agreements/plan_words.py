"""A plan in a sentence; what somebody can put aside, and when their pay comes, in words."""

from __future__ import annotations

from bot.rules.agreements.affordable_plans import LAST_DAY, Pay
from bot.rules.cases import case_events_agreements as events
from bot.rules.facts.money import Money
from locales import Html, Translator


def pace_sum(t: Translator, every: Pay, amount: Money) -> Html:
    """NT$500.00 a month."""
    sum_ = t.money(amount)
    known = {
        "week": t.plain("{amount} a week", amount=sum_),
        "2 weeks": t.plain("{amount} every 2 weeks", amount=sum_),
        "month": t.plain("{amount} a month", amount=sum_),
    }
    return Html(known[every])


def payday_words(t: Translator, every: Pay, payday: int) -> Html:
    """The day of the week, of every other week, or of the month."""
    if every == "week":
        return Html(t.weekday(payday))
    if every == "2 weeks":
        return Html(t.plain("every other {weekday}", weekday=t.weekday(payday % 7)))
    if payday == LAST_DAY:
        return Html(t.plain("the last day of the month"))
    return Html(t.plain("day {n} of the month", n=payday))


def plan_words(
    t: Translator, event: events.PlanProposed | events.PlanAgreed | events.PlanAsked | events.PlanGranted
) -> Html:
    """A plan in a sentence: what, in how many parts, until when."""
    return t.plural(
        "{amount} in {n} part, the last by {day}",
        "{amount} in {n} parts, the last by {day}",
        event.parts,
        amount=t.money(Money(event.amount, event.currency)),
        day=t.date(event.until),
    )
