"""The stages of a reminder, each in its own words: helpful before the due date, plain on the day, kind after it, and
with ways out later. What is said follows from the day on which it arrives, not from the step that was planned."""

from __future__ import annotations

from datetime import date
from typing import Literal

from bot.rules.facts.customer_facts import Instalment
from bot.views.lines import day_near, product_of
from locales import Html, Translator

Stage = Literal["before", "today", "after", "later"]


def stage_of(first_due: date, today: date, again: bool) -> Stage:
    """The stage of what is due first; `again`: a reminder after the due date was sent before."""
    if first_due > today:
        return "before"
    if first_due == today:
        return "today"
    return "later" if again else "after"


def first_line(t: Translator, stage: Stage, brand: str) -> Html:
    """What a lock screen shows: who writes, and nothing of money."""
    if stage == "before":
        return t("A short note from {brand}", brand=brand)
    if stage == "today":
        return t("A short note from {brand} for today", brand=brand)
    if stage == "after":
        return t("A short note from {brand}, in case it slipped by", brand=brand)
    return t("A short note from {brand}: we can help", brand=brand)


def sentence(t: Translator, stage: Stage, instalment: Instalment, today: date) -> Html:
    """One instalment in a sentence: how much, for what, when."""
    product, amount = product_of(t, instalment.product, 24), t.money(instalment.outstanding)
    day = day_near(t, instalment.due_date, today)
    in_days = t.in_days(-instalment.days_past_due(today))
    if stage == "before":
        return t(
            "<b>{amount}</b> for {product} is due <b>{day}</b> ({in_days}).",
            amount=amount,
            product=product,
            day=day,
            in_days=in_days,
        )
    if stage == "today":
        return t("<b>{amount}</b> for {product} is due <b>today, {day}</b>.", amount=amount, product=product, day=day)
    if stage == "after":
        return t(
            "<b>{amount}</b> for {product} was due <b>{day}</b> and hasn’t reached us yet ({in_days}).",
            amount=amount,
            product=product,
            day=day,
            in_days=in_days,
        )
    return t(
        "<b>{amount}</b> for {product} is still open. It was due <b>{day}</b> ({in_days}).",
        amount=amount,
        product=product,
        day=day,
        in_days=in_days,
    )


def help_line(t: Translator, stage: Stage) -> Html:
    """What may help at that stage, on any channel."""
    if stage == "before":
        return t("There’s still time to top up. If you’ve just paid, there’s nothing to do.")
    if stage == "today":
        return t("If you’ve just paid, there’s nothing to do: it can take a day to show.")
    if stage == "after":
        return t("That happens easily. If you’ve just paid, there’s nothing to do: it can take a day to show.")
    return t("If paying is difficult right now, please tell us.")


def brief_help(t: Translator) -> Html:
    """The same in the fewest words, beside the name of a person who helps."""
    return t("If you’ve just paid, there’s nothing to do.")


def ways_out(t: Translator, here: bool) -> Html:
    """What can be done at the last stage: `here` by the button “Other ways”, else through a person."""
    if here:
        return t("A later day, paying in parts or talking with a person: see “Other ways”.")
    return t("A person will listen and look for a way with you.")
