"""What agents read about disputes: what can be disputed, and what became of it in a case's history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.message import Button, Message
from bot.rules.cases import case_events_agreements as events
from bot.rules.facts.customer_facts import Instalment
from bot.views.lines import as_code, clipped, day_near, product_of
from locales import Html, Translator


def choose_instalment(t: Translator, case_id: int, owed: Sequence[tuple[str, Instalment]], today: date) -> Message:
    """The instalments that can be disputed, numbered and as buttons."""
    if not owed:
        return Message(t("This customer owes nothing that isn’t being looked into already."))
    rows = tuple(
        (Button(f"{n}. {instalment_words(t, i, today)}"[:60], f"not_right:{case_id}:{key}"),)
        for n, (key, i) in enumerate(owed[:10], 1)
    )
    return Message(
        t("Which one isn’t right? Press it, or write its number: {example}", example=as_code("/dispute 1")), rows
    )


def instalment_words(t: Translator, instalment: Instalment, today: date) -> str:
    return t.plain(
        "{product}: {amount}, {day}",
        product=product_of(t, instalment.product, 24),
        amount=t.money(instalment.outstanding),
        day=day_near(t, instalment.due_date, today),
    )


def _disputed(t: Translator, event: events.Disputed, name: str) -> Html:
    return t("The customer says that this one isn’t right: {instalment}", instalment=_named(event))


def _dispute_noted(t: Translator, event: events.DisputeNoted, name: str) -> Html:
    return t("{name} noted that this one isn’t right: {instalment}", name=name, instalment=_named(event))


def _dispute_why(t: Translator, event: events.DisputeWhy, name: str) -> Html:
    known: dict[str, Html] = {
        "paid": t("it is paid already"),
        "amount": t("the amount is wrong"),
        "unknown": t("they don’t know this payment"),
        "date": t("the date is wrong"),
    }
    why = known.get(event.why) or t("something else")
    return t("What the customer says about {instalment}: {why}", instalment=_named(event), why=why)


def _dispute_taken_back(t: Translator, event: events.DisputeTakenBack, name: str) -> Html:
    return t("The customer says that this one is right after all: {instalment}", instalment=_named(event))


def _dispute_answered(t: Translator, event: events.DisputeAnswered, name: str) -> Html:
    words = {"name": name, "instalment": _named(event), "reason": clipped(event.reason, 300)}
    if event.is_wrong:
        return t("{name} answered that {instalment} is wrong: {reason}", **words)
    return t("{name} answered that {instalment} is right: {reason}", **words)


def _dispute_due(t: Translator, event: events.DisputeDue, name: str) -> Html:
    return t(
        "The customer was promised an answer by {day} about what isn’t right: {example}",
        day=t.date(event.day),
        example=as_code("/dispute reject REASON"),
    )


def _named(
    event: events.Disputed | events.DisputeNoted | events.DisputeWhy | events.DisputeTakenBack | events.DisputeAnswered,
) -> str:
    """The instalment as an agent finds it in the wallet, the same in every language."""
    named = f"{event.due.isoformat()} ({event.instalment_id})"
    return clipped(f"{event.product}, {named}" if event.product else named, 120)


TELLING: Mapping[type[Any], Callable[[Translator, Any, str], Html]] = {
    events.Disputed: _disputed,
    events.DisputeNoted: _dispute_noted,
    events.DisputeWhy: _dispute_why,
    events.DisputeTakenBack: _dispute_taken_back,
    events.DisputeAnswered: _dispute_answered,
    events.DisputeDue: _dispute_due,
}
"""A line of a case's history for each event, with the agent's name."""
