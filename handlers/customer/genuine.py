"""`/genuine`, and doubt in a customer's own words: who calls, by which code they are known, what is never asked."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.customers import genuine as views
from bot.views.customers.own_words import is_it_genuine
from bot.work.customers.genuine import genuine
from bot.work.customers.own_words import is_wrong_person
from handlers.context import answer
from handlers.customer.speakers import Talk, for_anybody
from handlers.registry import customer_command, customer_intent, customer_press


@customer_intent(Intent.FRAUD)
@customer_press("meant:fraud")
@customer_command("genuine")
@for_anybody
async def show(talk: Talk) -> None:
    """Also to somebody who is not linked, or has the chat of somebody else: without any code."""
    parts, customer_id = talk.context.parts, talk.speaker.customer_id
    brand = parts.settings.brand
    if customer_id is None or await is_wrong_person(parts.db, customer_id):
        await answer(talk.context, talk.speaker.user_id, is_it_genuine(talk.t, brand))
        return
    found = await genuine(parts.db, customer_id, parts.clock.now())
    caller = found.call.agent_name if found.call is not None else ""
    message = views.genuine(talk.t, brand, found.zone, found.code, found.letters, caller)
    await answer(talk.context, talk.speaker.user_id, message)
