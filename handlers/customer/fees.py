"""`/fees`: what is owed, what being late costs, and what paying a part today would change."""

from __future__ import annotations

from decimal import Decimal

from bot.message import Message
from bot.rules.customers.intents import Intent
from bot.rules.customers.text_parsing import NotSaid, said_amount
from bot.rules.customers.what_if_parsing import said_if_paid
from bot.rules.facts.customer_facts import CustomerFacts, total
from bot.rules.facts.money import Money
from bot.rules.policy.sending_hours import local_day
from bot.views.customers import fees as views
from bot.views.customers.button_owners import OWNER
from bot.work.customers.customer_activity import facts_to_show
from bot.work.reminders.pay_links import pay_link
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_intent, customer_press
from locales import Html


@customer_intent(Intent.FEES)
@for_customers
async def asked(talk: CustomerTalk) -> None:
    """With a sum that can be paid in their sentence: what paying it today would change."""
    message = talk.update.effective_message
    facts = await facts_to_show(talk.context.parts.db, talk.customer_id)
    today = local_day(facts.customer.zone, talk.context.parts.clock.now())
    owed = {sum_.currency: sum_ for sum_ in total(facts.unsettled)}
    said = (message.text or "") if message is not None and talk.update.message else ""
    amount = said_if_paid(said, today, owed) if owed else None
    await reply(talk, _fees(talk, facts) if amount is None else _if_paid(talk, facts, amount))


@customer_command("fees")
@for_customers
async def show(talk: CustomerTalk) -> None:
    """`/fees`, or `/fees 500`: what paying 500 today would change."""
    message = talk.update.effective_message
    said = " ".join((message.text or "").split()[1:]) if message is not None and talk.update.message else ""
    if not said:
        await _show(talk)
        return
    parts = talk.context.parts
    facts = await facts_to_show(parts.db, talk.customer_id)
    await reply(talk, _if_paid(talk, facts, _amount(said, facts)))


async def _show(talk: CustomerTalk) -> None:
    await reply(talk, _fees(talk, await facts_to_show(talk.context.parts.db, talk.customer_id)))


def _fees(talk: CustomerTalk, facts: CustomerFacts) -> Message:
    parts = talk.context.parts
    policy = parts.policies.current.for_segment(facts.customer.segment)
    today = local_day(facts.customer.zone, parts.clock.now())
    return views.fees(talk.t, facts, policy, today, _link(talk, facts))


@customer_press(r"fees:(?P<amount>[0-9]{1,13})(?P<currency>[A-Z]{3})" + OWNER)
@for_its_owner(_show)
async def part(talk: CustomerTalk) -> None:
    """The button carries the sum. What is owed may have changed since it was shown."""
    assert talk.context.match is not None
    amount = Money(int(talk.context.match["amount"]), talk.context.match["currency"])
    facts = await facts_to_show(talk.context.parts.db, talk.customer_id)
    await reply(talk, _if_paid(talk, facts, amount))


def _if_paid(talk: CustomerTalk, facts: CustomerFacts, amount: Money | None) -> Message:
    parts = talk.context.parts
    policy = parts.policies.current.for_segment(facts.customer.segment)
    today = local_day(facts.customer.zone, parts.clock.now())
    owed = {sum_.currency: sum_ for sum_ in total(facts.unsettled)}
    if not owed:
        return views.fees(talk.t, facts, policy, today)
    if amount is None or not amount or amount.currency not in owed or owed[amount.currency] < amount:
        return views.not_an_amount(talk.t, facts, _example(next(iter(owed.values()))))
    return views.if_paid(talk.t, facts, policy, today, amount, _link(talk, facts))


def _example(owed: Money) -> Html:
    """The command with a sum that can be paid."""
    sum_ = min(Decimal(500), owed.to_decimal())
    return Html(f"<code>/fees {sum_:f}</code>")


def _amount(said: str, facts: CustomerFacts) -> Money | None:
    """The amount that was written; None if it cannot be read. `all` is all of its currency."""
    sums = {sum_.currency: sum_ for sum_ in total(facts.unsettled)}
    try:
        found = said_amount(said[:40], sums)
    except NotSaid:
        return None
    return found.money if found.money or found.currency is None else sums[found.currency]


def _link(talk: CustomerTalk, facts: CustomerFacts) -> str:
    first = facts.unsettled[0].instalment_id if facts.unsettled else ""
    return pay_link(talk.context.parts.settings.pay_url, talk.customer_id, first) if first else ""
