"""`/balance` and `/due`."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.rules.facts.customer_facts import CustomerFacts
from bot.views.customers import balance as views
from bot.work.reminders.pay_links import pay_link
from handlers.context import answer
from handlers.customer.speakers import CustomerTalk, for_customers_who_see
from handlers.registry import customer_command, customer_intent


@customer_intent(Intent.BALANCE)
@customer_command("balance")
@for_customers_who_see
async def balance(talk: CustomerTalk, facts: CustomerFacts) -> None:
    parts = talk.context.parts
    first = facts.unsettled[0].instalment_id if facts.unsettled else ""
    link = pay_link(parts.settings.pay_url, talk.customer_id, first) if first else ""
    message = views.balance(talk.t, facts, parts.clock.now(), parts.settings.brand, pay_url=link)
    await answer(talk.context, talk.speaker.user_id, message)


@customer_intent(Intent.DUE)
@customer_command("due")
@for_customers_who_see
async def due(talk: CustomerTalk, facts: CustomerFacts) -> None:
    parts = talk.context.parts
    await answer(talk.context, talk.speaker.user_id, views.due(talk.t, facts, parts.clock.now()))
