"""Ways to pay: a link for each instalment if the wallet has one, else where to pay in the wallet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.message import Button, Message
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.sending_hours import local_day
from bot.views.lines import and_more, clipped, facts_line, fitted, instalment_line, product_of, total_line
from bot.views.menu import Rows, button, menu_buttons
from locales import Html, Translator

MOST_LINKS = 5


def pay(t: Translator, facts: CustomerFacts, now: datetime, brand: str, link_for: Callable[[str], str]) -> Message:
    """What has to be paid, most urgent first, each with its link; `link_for` gives the link of an instalment, or an
    empty text."""
    owed = sorted((i for i in facts.unsettled if i.status != "disputed"), key=lambda i: (i.due_date, i.instalment_id))
    brand = clipped(brand, 60)
    if not owed:
        return Message(_nothing(t, facts, brand), menu_buttons(t))
    today = local_day(facts.customer.zone, now)
    rows = [instalment_line(t, i, today, details=False) for i in owed[:MOST_LINKS]]
    links = _links(t, owed[:MOST_LINKS], link_for)
    tail = [total_line(t, owed)] if len(owed) > 1 else []
    tail += [facts_line(t, facts), _how(t, brand, bool(links))]
    text = fitted(
        t("<b>To pay</b>"), rows, "\n\n".join(p for p in tail if p), and_more(t), max(0, len(owed) - MOST_LINKS)
    )
    return Message(text, (*links, (button(t, "promise"), button(t, "dispute")), (button(t, "agent"),)))


def _links(t: Translator, owed: list[Instalment], link_for: Callable[[str], str]) -> Rows:
    found = ((i, link_for(i.instalment_id)) for i in owed)
    return tuple((Button(_label(t, i), url=link),) for i, link in found if link)


def _label(t: Translator, instalment: Instalment) -> str:
    product, amount = product_of(t, instalment.product, 30), t.money(instalment.outstanding)
    return t.plain("{product}: {amount}", product=product, amount=amount)


def _how(t: Translator, brand: str, with_links: bool) -> Html:
    if with_links:
        return t(
            "Each button below opens the page to pay in {brand}. A payment can take a day to show here.", brand=brand
        )
    return t("To pay, open {brand} and choose the payment there. It can take a day to show here.", brand=brand)


def _nothing(t: Translator, facts: CustomerFacts, brand: str) -> str:
    if facts.facts_at is None:
        return t("I don’t have figures from the wallet yet. To pay, please open {brand} itself.", brand=brand)
    return "\n\n".join((t("Nothing to pay right now. You’re all set."), facts_line(t, facts)))
