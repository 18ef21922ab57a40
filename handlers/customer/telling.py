"""What a customer tells in their own words, and a person has to know: danger, or a hard time."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.customers import own_words as views
from bot.work.customers import own_words
from bot.work.customers.helpline_book import helpline_for
from handlers.context import answer
from handlers.customer.passing import tell_absence
from handlers.customer.speaking import CustomerTalk, Talk, for_anybody, for_customers, reply
from handlers.registry import customer_intent


@customer_intent(Intent.DISTRESS)
@for_anybody
async def distress(talk: Talk) -> None:
    """Also of somebody who is not linked: they are told where to find help, and no more can be done."""
    parts, customer_id = talk.context.parts, talk.speaker.customer_id
    if customer_id is not None:
        now = parts.clock.now()
        await own_words.distress(parts.db, customer_id, talk.speaker.user_id, _said(talk), now)
        parts.desk_has_work.set()
    message = views.in_danger(talk.t, await helpline_for(parts.db, customer_id), a_person_comes=customer_id is not None)
    await answer(talk.context, talk.speaker.user_id, message)


@customer_intent(Intent.HARDSHIP)
@for_customers
async def hardship(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await own_words.hardship(parts.db, talk.customer_id, talk.speaker.user_id, _said(talk), parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, views.hard_time(talk.t))
    await tell_absence(talk)


def _said(talk: Talk) -> str | None:
    """Their words, for the card."""
    message = talk.update.effective_message
    return None if message is None else message.text or message.caption
