"""`/learn`: the lessons to choose from, and one card at a time with back and next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.message import Button, Message
from bot.rules.customers.lessons import PLACEHOLDER, WHOLE, Card, Lesson
from bot.rules.policy.packs import requirements
from bot.rules.policy.policy import Policy
from bot.views.agreements.late_fee_words import cost_words
from bot.views.lines import clipped
from bot.views.menu import button
from locales import Html, Translator, escape


def lessons_to_choose(t: Translator, lessons: Sequence[Lesson]) -> Message:
    """The lessons, a button for each."""
    text = "\n\n".join((t("<b>Good to know</b>"), t("A few short cards on each. What would you like to read?")))
    rows = tuple((Button(lesson.title, _page(lesson, 1)),) for lesson in lessons)
    return Message(text, (*rows, (button(t, "agent"),)))


def card(t: Translator, lesson: Lesson, number: int, values: Mapping[str, Html]) -> Message:
    """A lesson's card by its number from 1; one beyond the last is the last. `values` are those of the placeholders."""
    cards = [shown for each in lesson.cards if (shown := _filled(each, values))]
    number = max(1, min(number, len(cards)))
    head = t("{title} · {number} of {all}", title=lesson.title, number=number, all=len(cards))
    text = f"<i>{head}</i>\n\n{cards[number - 1]}"
    turns = []
    if number > 1:
        turns.append(Button(t.plain("‹ Previous"), _page(lesson, number - 1)))
    if number < len(cards):
        turns.append(Button(t.plain("Next ›"), _page(lesson, number + 1)))
    all_of = (Button(t.plain("More to read"), "learn"), button(t, "agent"))
    return Message(text, tuple(row for row in (tuple(turns), all_of) if row))


def values_of(t: Translator, policy: Policy, currencies: set[str] | None, brand: str) -> dict[str, Html]:
    """The values of the placeholders for a customer under this policy; what it does not say is empty."""
    asked = requirements(policy)
    return {
        "brand": escape(clipped(brand, 60)),
        "costs": Html("\n".join(cost_words(t, policy, currencies))),
        "debt_advice": _in_language(t, (advice.texts for advice in asked.advice)),
        "credit_record": _in_language(t, (record.texts for record in asked.credit_records)),
    }


def _in_language(t: Translator, texts: Iterator[Mapping[str, str]]) -> Html:
    return Html("\n".join(escape(spoken.get(t.language, spoken["en"])) for spoken in texts))


def _filled(card: Card, values: Mapping[str, Html]) -> str:
    """The card's text; empty if nothing of it is left. A paragraph is left out if the policy says nothing
    for it."""
    kept = [p for p in card.paragraphs if not any(f"{{{name}}}" in p and not values[name] for name in WHOLE)]
    whole = "\n\n".join((f"<b>{card.heading}</b>", *kept)) if kept else ""
    return PLACEHOLDER.sub(lambda placeholder: values[placeholder[1]], whole)


def _page(lesson: Lesson, number: int) -> str:
    return f"learn:{lesson.name}:{number}"
