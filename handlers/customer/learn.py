"""`/learn`: short cards about money. A button carries the lesson and the card, so nothing is kept between presses."""

from __future__ import annotations

from bot.views.customers import learn as views
from bot.work.customers.customer_activity import read_facts
from handlers.customer.speakers import CustomerTalk, for_customers, reply
from handlers.registry import customer_command, customer_press


@customer_command("learn")
@for_customers
async def show(talk: CustomerTalk) -> None:
    await _offer(talk)


@customer_press(r"learn:(?P<lesson>[a-z][a-z0-9-]{0,23}):(?P<card>[0-9]{1,2})")
@for_customers
async def turn(talk: CustomerTalk) -> None:
    """One card. A lesson that the wallet has taken away meanwhile leads to those that there are."""
    parts, match = talk.context.parts, talk.context.match
    assert match is not None
    lesson = parts.lessons.lesson(talk.t.language, match["lesson"])
    if lesson is None:
        await _offer(talk)
        return
    facts = await read_facts(parts.db, talk.customer_id)
    policy = parts.policies.current.for_segment(facts.customer.segment)
    currencies = {account.balance.currency for account in facts.accounts} or None
    values = views.values_of(talk.t, policy, currencies, parts.settings.brand)
    await reply(talk, views.card(talk.t, lesson, int(match["card"]), values))


async def _offer(talk: CustomerTalk) -> None:
    await reply(talk, views.lessons_to_choose(talk.t, talk.context.parts.lessons.of(talk.t.language)))
