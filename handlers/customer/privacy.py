"""`/privacy`: what is stored about the customer, and for how long."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.rules.operations.retention import keeping
from bot.rules.policy.packs import requirements
from bot.views.customers.privacy import privacy
from bot.work.customers.customer_activity import read_facts
from handlers.customer.speaking import CustomerTalk, for_customers, reply
from handlers.registry import customer_command, customer_intent


@customer_intent(Intent.PRIVACY)
@customer_command("privacy")
@for_customers
async def show_privacy(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    facts = await read_facts(parts.db, talk.customer_id)
    policy = parts.policies.current
    needed = requirements(policy.for_segment(facts.customer.segment))
    kept = keeping(policy, parts.settings.keep_days)
    await reply(talk, privacy(talk.t, parts.settings.brand, kept.days, needed.records_days))
