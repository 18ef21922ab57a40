"""`/promise`: a day to pay by is chosen with a button, moved, or taken back."""

from __future__ import annotations

from datetime import date

from bot.message import Message
from bot.rules.agreements.promise_choices import Choice, NotPromised, PartChoice, Promised, Said
from bot.rules.customers.intents import Intent
from bot.rules.facts.money import Money
from bot.views.agreements import promises as views
from bot.views.customers.button_owners import OWNER
from bot.work.agreements import promises
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_intent, customer_press
from locales import Translator


async def _offer(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    desk = parts.policies.current.desk
    offered = await promises.offer(parts.db, desk, talk.customer_id, parts.clock.now())
    await reply(talk, _said(talk.t, offered))


@customer_intent(Intent.PROMISE)
@for_customers
async def said(talk: CustomerTalk) -> None:
    """The days and the sum in their sentence, to be confirmed."""
    message = talk.update.effective_message
    await _offer_said(talk, (message.text or message.caption or "") if message is not None else "")


async def _offer_said(talk: CustomerTalk, words: str) -> None:
    parts = talk.context.parts
    desk = parts.policies.current.desk
    offered = await promises.offer_said(parts.db, desk, talk.customer_id, words, parts.clock.now())
    await reply(talk, _said(talk.t, offered))


@customer_command("promise")
@for_customers
async def ask(talk: CustomerTalk) -> None:
    """`/promise`, or with a sum and a day: `/promise 500 on Friday`."""
    message = talk.update.effective_message
    words = " ".join((message.text or "").split()[1:]) if message is not None and talk.update.message else ""
    if words and (message is not None and (message.text or "").startswith("/")):
        await _offer_said(talk, words)
    else:
        await _offer(talk)


@customer_press("promise:part" + OWNER)
@for_its_owner(_offer)
async def ask_for_part(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    desk = parts.policies.current.desk
    offered = await promises.offer_parts(parts.db, desk, talk.customer_id, parts.clock.now())
    await reply(talk, _said(talk.t, offered))


@customer_press(r"promise:part:(?P<amount>[0-9]{1,13})(?P<currency>[A-Z]{3})" + OWNER)
@for_its_owner(_offer)
async def choose_part(talk: CustomerTalk) -> None:
    """The button carries the sum; what is due may have changed since it was shown."""
    parts = talk.context.parts
    assert talk.context.match is not None
    part = Money(int(talk.context.match["amount"]), talk.context.match["currency"])
    desk = parts.policies.current.desk
    offered = await promises.offer_part(parts.db, desk, talk.customer_id, part, parts.clock.now())
    await reply(talk, _said(talk.t, offered, again=True))


@customer_press(
    r"promise:(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?::(?P<amount>[0-9]{1,15})(?P<currency>[A-Z]{3}))?" + OWNER
)
@for_its_owner(_offer)
async def choose(talk: CustomerTalk) -> None:
    """The button carries the day, and the sum if one was said; a day that was not offered is checked like any other."""
    parts = talk.context.parts
    assert talk.context.match is not None
    day, amount = _day(talk.context.match["day"]), talk.context.match["amount"]
    part = Money(int(amount), talk.context.match["currency"]) if amount else None
    desk = parts.policies.current.desk
    result = await promises.promise(parts.db, desk, talk.customer_id, day, parts.clock.now(), part)
    parts.desk_has_work.set()
    await reply(talk, _said(talk.t, result, again=True))


@customer_press("promise:cancel" + OWNER)
@for_its_owner(_offer)
async def cancel(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    existed = await promises.cancel(parts.db, talk.customer_id, parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, views.cancelled(talk.t, existed))


def _said(t: Translator, result: Promised | Choice | Said | PartChoice | NotPromised, again: bool = False) -> Message:
    if isinstance(result, PartChoice):
        return views.choose_part(t, result)
    if isinstance(result, Said):
        return views.said_day(t, result)
    if isinstance(result, Promised):
        return views.promised(t, result)
    if isinstance(result, Choice):
        return views.choose_day(t, result, again)
    if result.reason == "plan" and result.until is not None:
        return views.plan_exists(t, result.until)
    if result.reason == "moved_often":
        return views.moved_often(t, result.until)
    return views.nothing_to_promise(t)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # not a valid day
