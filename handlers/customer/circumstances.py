"""What a customer tells in their own words and no command says: danger, a hard time, a wrong person, a payment, doubt
whether this is genuine, thanks."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.customers import own_words as views
from bot.work.customers import own_words
from bot.work.customers.helpline_book import helpline_for
from handlers.context import answer
from handlers.customer.relays import absence_words
from handlers.customer.speakers import CustomerTalk, Talk, for_anybody, for_customers, for_who_has_the_chat, reply
from handlers.registry import customer_intent, customer_press


@customer_intent(Intent.DISTRESS)
@for_anybody
async def distress(talk: Talk) -> None:
    """Also of somebody who is not linked: they are told where to find help, and no more can be done."""
    parts, customer_id = talk.context.parts, talk.speaker.customer_id
    if customer_id is not None:
        now = parts.clock.now()
        await own_words.distress(parts.db, customer_id, talk.speaker.user_id, _said(talk), now)
        parts.desk_has_work.set()
    helpline, absent = await helpline_for(parts.db, customer_id), await absence_words(talk)
    message = views.in_danger(talk.t, helpline, a_person_comes=customer_id is not None, absent=absent)
    await answer(talk.context, talk.speaker.user_id, message)


@customer_intent(Intent.HARDSHIP)
@for_who_has_the_chat
async def hardship(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await own_words.hardship(parts.db, talk.customer_id, talk.speaker.user_id, _said(talk), parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, views.hard_time(talk.t, await absence_words(talk)))


@customer_intent(Intent.WRONG)
@customer_press("meant:wrong")
@for_who_has_the_chat
async def wrong_person(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await own_words.wrong_person(parts.db, talk.customer_id, talk.speaker.user_id, _said(talk), parts.clock.now())
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.wrong_person(talk.t))


@customer_press("right_person")
@for_who_has_the_chat
async def right_person(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await own_words.right_person(parts.db, talk.customer_id, parts.clock.now())
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.right_person(talk.t))


@customer_intent(Intent.PAID)
@customer_press("meant:paid")
@for_customers
async def said_paid(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    rests = await own_words.said_paid(parts.db, talk.customer_id, parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, views.said_paid(talk.t, rests))


@customer_intent(Intent.THANKS)
@for_who_has_the_chat
async def thanks(talk: CustomerTalk) -> None:
    """Answers with a friendly word; if a case is open, the thanks are for its agent, and the bot is silent."""
    if not await own_words.has_open_case(talk.context.parts.db, talk.customer_id):
        await answer(talk.context, talk.speaker.user_id, views.welcome(talk.t))


def _said(talk: Talk) -> str | None:
    """Their words, for the card; None if they pressed a button."""
    message = talk.update.effective_message
    return None if message is None or talk.update.callback_query is not None else message.text or message.caption
