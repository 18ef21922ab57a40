"""A receipt: what came in, or what else became of a debt, what remains, and how a promise ended. It asks for nothing,
so it has no button, unless it says only that a promise was not kept: kindly, and with ways out.

Its first line may be seen on a lock screen, so it has no amount. "Thank you" is said of money that came in, and of
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from bot.message import Button, Message
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import Change, ended_otherwise
from bot.rules.policy.sending_hours import local_day
from bot.rules.reminders.receipts import EndedPromise, News
from bot.views.channels import WORDS
from bot.views.customers.balance import what_remains
from bot.views.lines import and_more, clipped, day_near, fitted, product_of
from bot.views.menu import Rows, button
from bot.views.reminders.notice_context import NoticeContext
from locales import Html, Translator


def receipt(
    t: Translator,
    facts: CustomerFacts,
    news: Sequence[News],
    now: datetime,
    about: NoticeContext,
    promises: Sequence[EndedPromise] = (),
) -> Message:
    """One message about all of it. Without amounts it does not say what remains in all."""
    if not news and not promises:
        raise ValueError("a receipt needs something to tell of, nothing was given")
    brand, here = clipped(about.brand, 60), WORDS[about.channel].has_buttons
    rows = ["\n".join(f"• {line}" for line in _lines(t, each, facts, now)) for each in news]
    today = local_day(facts.customer.zone, now)
    told = [_kept(t, each, bool(news)) if each.kept else _not_kept(t, each, today, about.amounts) for each in promises]
    only_missed = not news and not any(each.kept for each in promises)
    tail = [*told, *(() if only_missed else _remaining(t, facts, news, now, about.amounts))]
    if not here:
        tail.append(WORDS[about.channel].how_to_answer(t, brand))
    text = fitted(_head(t, news, promises, brand), rows, "\n\n".join(filter(None, tail)), and_more(t))
    other = button(t, "plan") if any(each.of_plan for each in promises) else Button(t.plain("Another day"), "promise")
    ways: Rows = ((other, button(t, "agent")),)
    # A button would let something else take a receipt's place.
    return Message(text, ways if only_missed and here else ())


def _head(t: Translator, news: Sequence[News], promises: Sequence[EndedPromise], brand: str) -> Html:
    if any(each.change.came_in > 0 for each in news):
        return t("Thank you, your payment has arrived.")
    if news:
        return t("Your account has been updated.")
    if any(each.kept and each.of_plan for each in promises):
        return t("Thank you: your plan is complete.")
    if any(each.kept for each in promises):
        return t("Thank you: you’ve kept your promise.")
    return t("A short note from {brand}: we can help", brand=brand)


def _kept(t: Translator, ended: EndedPromise, with_news: bool) -> Html:
    """The head has said it where nothing else is told."""
    if ended.of_plan and with_news:
        return t("With that, your plan is complete. Thank you.")
    return t("With that, you’ve kept your promise. Thank you.") if with_news else Html("")


def _not_kept(t: Translator, ended: EndedPromise, today: date, amounts: bool) -> str:
    """What of a promise has not come in, and who will get in touch."""
    day = day_near(t, ended.until, today)
    if ended.of_plan:
        said = _part_missed(t, ended, amounts)
    elif ended.amount is None or ended.came_in is None or not amounts:
        said = t("You meant to pay by {day}, and not all of it has reached us yet. That can happen.", day=day)
    elif ended.came_in:
        said = t(
            "Of the <b>{amount}</b> that you meant to pay by {day}, {came_in} has arrived, thank you. "
            "<b>{left}</b> is left.",
            amount=t.money(ended.amount),
            day=day,
            came_in=t.money(ended.came_in),
            left=t.money(ended.amount - ended.came_in),
        )
    else:
        amount = t.money(ended.amount)
        said = t(
            "You meant to pay <b>{amount}</b> by {day}, and it hasn’t reached us yet. That can happen.",
            amount=amount,
            day=day,
        )
    name = clipped(ended.agent, 30)
    person = (
        t("{name} will get in touch and look for a way with you.", name=name)
        if name
        else t("A person will get in touch and look for a way with you.")
    )
    sooner = t("If you’ve just paid, there’s nothing to do: it can take a day to show.")
    return "\n\n".join((said, t.sentences(sooner, person)))


def _part_missed(t: Translator, ended: EndedPromise, amounts: bool) -> Html:
    said = t("A part of your plan hasn’t reached us in full, so the plan has ended. That can happen.")
    if ended.amount is None or ended.came_in is None or not amounts or not ended.came_in < ended.amount:
        return t.sentences(said, t("/plan shows how what is left can be spread."))
    left = t(
        "<b>{left}</b> of it is left, and /plan shows how it can be spread.", left=t.money(ended.amount - ended.came_in)
    )
    return t.sentences(said, left)


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
