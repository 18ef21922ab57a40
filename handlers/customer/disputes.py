"""`/dispute`: one instalment is chosen with a button, then what is wrong with it. Words, photos and files about it need
no command: they go to the agent. Each press carries all that it needs, so nothing is lost between two of them."""

from __future__ import annotations

from bot.rules.agreements.disputes import WHY
from bot.rules.customers.intents import Intent
from bot.views.agreements import disputes as views
from bot.views.customers.button_owners import OWNER
from bot.work.agreements import disputes
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_intent, customer_press


async def _offer(talk: CustomerTalk, again: bool = False) -> None:
    parts = talk.context.parts
    owed, running, today = await disputes.disputable(parts.db, talk.customer_id, parts.clock.now())
    free, noted = ([(d.key, d.instalment) for d in some] for some in (owed, running))
    await reply(talk, views.choose_instalment(talk.t, free, today, again, noted))


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
    desk = parts.policies.current.desk
    result = await disputes.dispute(parts.db, desk, talk.customer_id, user_id, key, parts.clock.now())
    parts.desk_has_work.set()
    if result.instalment is None:
        await _offer(talk, again=True)
    elif result.result == "noted" and result.until is not None:
        await reply(talk, views.noted(t, key, result.instalment, result.today, result.until, result.answer_by))
    else:
        await reply(talk, views.already_noted(t, key, result.instalment, result.today, result.answer_by))


@customer_press(r"dispute:(?P<key>[0-9a-f]{16}):(?P<why>paid|amount|unknown|date|other)" + OWNER)
@for_its_owner(_offer)
async def say_why(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    assert talk.context.match is not None
    key, why = talk.context.match["key"], next(each for each in WHY if each == talk.context.match["why"])
    result = await disputes.say_why(parts.db, talk.customer_id, key, why, parts.clock.now())
    parts.desk_has_work.set()
    if result.instalment is None:
        await _offer(talk, again=True)
    else:
        await reply(talk, views.why_noted(talk.t, key, why, result.today, result.answer_by))


@customer_press(r"dispute:(?P<key>[0-9a-f]{16}):back" + OWNER)
@for_its_owner(_offer)
async def take_back(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    assert talk.context.match is not None
    result = await disputes.take_back(parts.db, talk.customer_id, talk.context.match["key"], parts.clock.now())
    parts.desk_has_work.set()
    if result.instalment is None:
        await _offer(talk, again=True)
    else:
        await reply(talk, views.taken_back(talk.t, result.instalment, result.today))
