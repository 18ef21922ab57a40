"""`/pay`: the links to pay, or where to pay."""

from __future__ import annotations

from functools import partial

from bot.rules.customers.intents import Intent
from bot.rules.facts.customer_facts import CustomerFacts
from bot.views.customers import pay as views
from bot.work.reminders.pay_links import pay_link
from handlers.context import answer
from handlers.customer.speakers import CustomerTalk, for_customers_who_see
from handlers.registry import customer_command, customer_intent


@customer_intent(Intent.PAY)
@customer_command("pay")
@for_customers_who_see
async def pay(talk: CustomerTalk, facts: CustomerFacts) -> None:
    parts = talk.context.parts
    link_for = partial(pay_link, parts.settings.pay_url, talk.customer_id)
    message = views.pay(talk.t, facts, parts.clock.now(), parts.settings.brand, link_for)
    await answer(talk.context, talk.speaker.user_id, message)
