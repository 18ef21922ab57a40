"""`/agent`: an agent will write."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.cases import talk_with_agent as views
from bot.work.agreements.callbacks import can_be_called
from bot.work.customers.talk_with_agent import ask_for_person
from handlers.context import answer
from handlers.customer.relays import absence_words
from handlers.customer.speakers import CustomerTalk, for_customers
from handlers.registry import customer_command, customer_intent


@customer_intent(Intent.PERSON)
@customer_command("agent", noted=False)
@for_customers
async def call(talk: CustomerTalk) -> None:
    """An agent will write; what the customer wrote shortly before is passed on too."""
    await ask(talk)


async def ask(talk: CustomerTalk, said: str | None = None) -> None:
    """The same with what they have said now."""
    parts, now, user_id = talk.context.parts, talk.context.parts.clock.now(), talk.speaker.user_id
    already = await ask_for_person(parts.db, talk.customer_id, user_id, now, said)
    has_phone, _ = await can_be_called(parts.db, talk.customer_id)
    parts.desk_has_work.set()
    called = views.person_called(talk.t, already, has_phone, await absence_words(talk))
    await answer(talk.context, user_id, called)
