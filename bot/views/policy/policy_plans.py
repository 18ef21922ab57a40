"""The plans that a policy offers, in plain words."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.rules.policy.plan_terms import Plans
from bot.views.agreements.late_fee_words import amounts_words, share_words
from locales import Html, Translator


def plan_words(t: Translator, plans: Plans | None, currencies: Collection[str] | None) -> Iterator[Html]:
    """What is offered, what it costs, and who agrees, a line each after a heading; nothing if no plan is offered."""
    if plans is None:
        return
    yield t("<b>Paying in parts</b>")
    yield t(
        "• From what you can put aside and when you’re paid, I make plans of up to {parts} over up to {months}.",
        parts=t.plural("{n} part", "{n} parts", plans.most_parts),
        months=months_words(t, plans.longest_months),
    )
    if smallest := amounts_words(t, plans.smallest_part or {}, currencies):
        yield t("• No part is smaller than this: {amounts}.", amounts=smallest)
    if plans.down_payment:
        yield t("• The first part is at least {share} of it all.", share=share_words(plans.down_payment))
    yield (
        t("• While you keep to a plan, being late costs nothing more.")
        if plans.charges == "none"
        else t("• What being late costs goes on during a plan, and is told before you agree.")
    )
    if alone := amounts_words(t, plans.alone_up_to or {}, currencies):
        months = months_words(t, plans.alone_months)
        yield t("• Up to {amounts} and {months} it holds as soon as you agree.", amounts=alone, months=months)
        yield t("• About anything more, a person decides.")
    else:
        yield t("• A person decides about each plan.")


def months_words(t: Translator, months: int) -> Html:
    return t.plural("{n} month", "{n} months", months)
