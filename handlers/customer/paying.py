"""`/pay`: the links to pay, or where to pay."""

from __future__ import annotations

from functools import partial

from bot.rules.customers.intents import Intent
from bot.views.customers import pay as views
from bot.work.customers.customer_activity import facts_to_show
from bot.work.reminders.pay_links import pay_link
from handlers.context import answer
from handlers.customer.speaking import CustomerTalk, for_customers
from handlers.registry import customer_command, customer_intent


@customer_intent(Intent.PAY)
@customer_command("pay")
@for_customers
async def pay(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    facts = await facts_to_show(parts.db, talk.customer_id)
    link_for = partial(pay_link, parts.settings.pay_url, talk.customer_id)
    message = views.pay(talk.t, facts, parts.clock.now(), parts.settings.brand, link_for)
    await answer(talk.context, talk.speaker.user_id, message)
