"""`/dispute`: one instalment is chosen with a button. Details about it need no command: they go to the agent."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.agreements import disputes as views
from bot.views.customers.button_owners import OWNER
from bot.work.agreements import disputes
from handlers.customer.speaking import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_intent, customer_press


async def _offer(talk: CustomerTalk, again: bool = False) -> None:
    parts = talk.context.parts
    owed, today = await disputes.disputable(parts.db, talk.customer_id, parts.clock.now())
    await reply(talk, views.choose_instalment(talk.t, [(d.key, d.instalment) for d in owed], today, again))


@customer_intent(Intent.DISPUTE)
@customer_command("dispute")
@for_customers
async def ask(talk: CustomerTalk) -> None:
    await _offer(talk)


@customer_press(r"dispute:(?P<key>[0-9a-f]{16})" + OWNER)
@for_its_owner(_offer)
async def choose(talk: CustomerTalk) -> None:
    parts, t, user_id = talk.context.parts, talk.t, talk.speaker.user_id
    assert talk.context.match is not None
    key = talk.context.match["key"]
    result = await disputes.dispute(parts.db, talk.customer_id, user_id, key, parts.clock.now())
    parts.desk_has_work.set()
    if result.instalment is None:
        await _offer(talk, again=True)
    elif result.result == "noted" and result.until is not None:
        await reply(talk, views.noted(t, result.instalment, result.today, result.until))
    else:
        await reply(talk, views.already_noted(t, result.instalment, result.today))
