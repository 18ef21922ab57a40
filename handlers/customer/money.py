"""`/balance` and `/due`."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.customers import balance as views
from bot.work.customers.customer_activity import facts_to_show
from bot.work.reminders.pay_links import pay_link
from handlers.context import answer
from handlers.customer.speaking import CustomerTalk, for_customers
from handlers.registry import customer_command, customer_intent


@customer_intent(Intent.BALANCE)
@customer_command("balance")
@for_customers
async def balance(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    facts = await facts_to_show(parts.db, talk.customer_id)
    first = facts.unsettled[0].instalment_id if facts.unsettled else ""
    link = pay_link(parts.settings.pay_url, talk.customer_id, first) if first else ""
    message = views.balance(talk.t, facts, parts.clock.now(), parts.settings.brand, pay_url=link)
    await answer(talk.context, talk.speaker.user_id, message)


@customer_intent(Intent.DUE)
@customer_command("due")
@for_customers
async def due(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    facts = await facts_to_show(parts.db, talk.customer_id)
    await answer(talk.context, talk.speaker.user_id, views.due(talk.t, facts, parts.clock.now()))
