"""A receipt: what came in, or what else became of a debt, and what remains. It asks for nothing, so it has no button.

Its first line may be seen on a lock screen, so it has no amount. "Thank you" is said of money that came in, and of
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.message import Message
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.facts.settling import Change, ended_otherwise
from bot.rules.policy.sending_hours import local_day
from bot.rules.reminders.receipts import News
from bot.views.channels import WORDS
from bot.views.customers.balance import what_remains
from bot.views.lines import and_more, clipped, day_near, fitted, product_of
from locales import Html, Translator


def receipt(
    t: Translator,
    facts: CustomerFacts,
    news: Sequence[News],
    now: datetime,
    brand: str,
    *,
    channel: str = "telegram",
    amounts: bool = True,
) -> Message:
    """One message about all of it. With `amounts` False (the facts are old) it does not say what remains in all."""
    if not news:
        raise ValueError("a receipt needs something to tell of, nothing was given")
    came_in = any(each.change.came_in > 0 for each in news)
    head = t("Thank you, your payment has arrived.") if came_in else t("Your account has been updated.")
    rows = ["\n".join(f"• {line}" for line in _lines(t, each, facts, now)) for each in news]
    here = WORDS[channel].has_buttons
    tail = [*_remaining(t, facts, news, now, amounts)]
    if not here:
        tail.append(WORDS[channel].how_to_answer(t, clipped(brand, 60)))
    text = fitted(head, rows, "\n\n".join(tail), and_more(t))
    return Message(text)  # a button would let something else take its place


def _remaining(
    t: Translator, facts: CustomerFacts, news: Sequence[News], now: datetime, amounts: bool
) -> Iterator[str]:
    """What remains in all, where the lines above have not said it."""
    said = {each.change.instalment_id for each in news}
    others = [i for i in facts.unsettled if i.instalment_id not in said]
    if amounts and (others or not facts.unsettled):
        yield what_remains(t, facts, local_day(facts.customer.zone, now))


def _lines(t: Translator, each: News, facts: CustomerFacts, now: datetime) -> Iterator[Html]:
    """What became of one debt: the money first."""
    change, product = each.change, product_of(t, each.product)
    if change.came_in > 0:
        amount, left = _money(t, change, change.came_in), _money(t, change, change.left)
        if change.left:
            yield t("{product}: <b>{amount}</b> came in, {left} is left.", product=product, amount=amount, left=left)
        elif ended_otherwise(change):
            yield t("{product}: <b>{amount}</b> came in.", product=product, amount=amount)
        else:
            yield t("{product}: <b>{amount}</b> came in, all paid.", product=product, amount=amount)
    elif change.came_in < 0:
        yield t(
            "{product}: a payment of <b>{amount}</b> was taken back, {left} is left.",
            product=product,
            amount=_money(t, change, -change.came_in),
            left=_money(t, change, change.left),
        )
    today = local_day(facts.customer.zone, now)
    yield from (
        _otherwise(t, way, change, product, day_near(t, change.moved_to, today) if change.moved_to else "")
        for way in ended_otherwise(change)
    )


def _otherwise(t: Translator, way: str, change: Change, product: str, day: str) -> Html:
    if way == "waived":
        return t(
            "{product}: <b>{amount}</b> has been waived. You don’t have to pay it.",
            product=product,
            amount=_money(t, change, change.waived),
        )
    if way == "moved":
        return t("{product}: the due date has been moved to <b>{day}</b>.", product=product, day=day)
    if way == "taken_off":
        return t(
            "{product}: <b>{amount}</b> is no longer yours to pay.",
            product=product,
            amount=_money(t, change, change.taken_off),
        )
    if change.left:
        return t(
            "{product}: the amount has been corrected, <b>{left}</b> is left.",
            product=product,
            left=_money(t, change, change.left),
        )
    return t("{product}: the amount has been corrected. There’s nothing to pay for it.", product=product)


def _money(t: Translator, change: Change, amount: int) -> Html:
    return Html(t.money(Money(amount, change.currency)))
