"""A reminder of one part of a plan: which, how much, by when. Its first line may be seen on a lock screen, so it has no
amount."""

from __future__ import annotations

from datetime import date

from bot.message import Button, Message
from bot.rules.agreements.instalment_plans import Part, Plan
from bot.views.channels import WORDS
from bot.views.lines import clipped, day_near
from bot.views.menu import Rows, button
from bot.views.reminders.notice_context import NoticeContext
from locales import Translator


def part_reminder(t: Translator, plan: Plan, part: Part, today: date, about: NoticeContext) -> Message:
    """The part, what of it is still to be paid, and what can be done if it does not work out."""
    brand, here = clipped(about.brand, 60), WORDS[about.channel].has_buttons
    head = t("A short note from {brand} on your plan", brand=brand)
    left = t.money(part.amount - plan.covered_of(part))
    words = {"n": part.number, "of": len(plan.parts), "day": day_near(t, part.due_date, today)}
    in_days = t.in_days((part.due_date - today).days)
    said = (
        t("Part {n} of {of}: <b>{amount}</b>, due {day} ({in_days}).", amount=left, in_days=in_days, **words)
        if about.amounts
        else t("Part {n} of {of} is due {day} ({in_days}).", in_days=in_days, **words)
    )
    help_ = t("If you’ve just paid, there’s nothing to do. If it doesn’t work out, what is left can be spread again.")
    parts = [head, said, help_]
    if not here:
        parts.append(WORDS[about.channel].how_to_answer(t, brand))
    return Message("\n\n".join(filter(None, parts)), _rows(t, about.pay_url) if here else ())


def _rows(t: Translator, pay_url: str) -> Rows:
    pay = Button(t.plain("Pay"), url=pay_url) if pay_url else Button(t.plain("Pay"), "pay")
    return ((pay,), (Button(t.plain("Spread what is left"), "plan:spread"),), (button(t, "plan"), button(t, "agent")))
