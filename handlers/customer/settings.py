"""`/settings`, `/policy` and `/privacy`: how the customer is written to, by which rules, and what is stored about
them.
"""

from __future__ import annotations

from dataclasses import replace

from bot.rules.customers.intents import Intent
from bot.rules.operations.retention import keeping
from bot.rules.policy.packs import requirements
from bot.views.customers.privacy import privacy
from bot.views.customers.settings import settings
from bot.views.menu import menu_buttons
from bot.views.policy.policy import policy_words
from bot.work.agreements.callbacks import can_be_called
from bot.work.agreements.promises import promised_until
from bot.work.customers.customer_activity import read_facts
from bot.work.customers.unlinking import link_of
from handlers.customer.speaking import CustomerTalk, for_customers, reply
from handlers.registry import customer_command, customer_intent


@customer_command("settings")
@for_customers
async def show(talk: CustomerTalk) -> None:
    db = talk.context.parts.db
    facts = await read_facts(db, talk.customer_id)
    until = await promised_until(db, talk.customer_id)
    has_phone, _ = await can_be_called(db, talk.customer_id)
    link = await link_of(db, talk.speaker.user_id)
    link_id = link.link_id if link else 0
    await reply(talk, settings(talk.t, facts.customer.stopped, until, has_phone, link_id))


@customer_command("policy")
@for_customers
async def show_policy(talk: CustomerTalk) -> None:
    """The policy of the customer's segment, with the amounts of their currencies."""
    parts = talk.context.parts
    facts = await read_facts(parts.db, talk.customer_id)
    policy = parts.policies.current.for_segment(facts.customer.segment)
    currencies = {account.balance.currency for account in facts.accounts}
    words = policy_words(talk.t, policy, currencies or None)
    await reply(talk, replace(words, buttons=menu_buttons(talk.t)))


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
