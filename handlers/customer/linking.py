"""Linking by one's own contact, what every way of linking answers, and the first account's consent to a second."""

from __future__ import annotations

from dataclasses import replace

from telegram import BotCommandScopeChat
from telegram.error import TelegramError

from bot.views import linking as views
from bot.views.menu import command_list
from bot.work import linking
from bot.work.hearing import Speaker, language_of, standing_of
from handlers.context import Context, answer
from handlers.customer.passing import pass_on
from handlers.customer.speaking import Talk, for_anybody
from locales import Translator, translator


@for_anybody
async def share_contact(talk: Talk) -> None:
    """Links by a shared contact, if it is the sender's own: `contact.user_id` says whose it is."""
    message = talk.update.effective_message
    assert message is not None and message.contact is not None
    shared = message.contact
    if talk.speaker.customer_id is not None and await pass_on(talk):
        return  # in the middle of a talk with a person it is for them
    # Telegram names the account of a number. What was passed on, or sent by a bot in somebody's name, proves nothing.
    second_hand = message.forward_origin is not None or message.via_bot is not None
    if shared.user_id != talk.speaker.user_id or second_hand:
        await answer(talk.context, talk.speaker.user_id, views.contact_not_own(talk.t))
        return
    parts = talk.context.parts
    await tell(
        talk, await linking.share_contact(parts.db, talk.speaker.user_id, shared.phone_number, parts.clock.now())
    )


@for_anybody
async def answer_consent(talk: Talk) -> None:
    """Yes or no of the account that is linked now."""
    context, parts = talk.context, talk.context.parts
    assert context.match is not None
    agreed = context.match["answer"] == "yes"
    request = await linking.answer_consent(
        parts.db, int(context.match["request"]), talk.speaker.user_id, agreed, parts.clock.now()
    )
    if request is None:
        return  # answered before, too late, or never asked
    await answer(context, talk.speaker.user_id, views.consent_noted(talk.t, agreed))
    asker_t = translator(await language_of(parts.db, request.user_id))
    await answer(context, request.user_id, views.consent_granted(asker_t) if agreed else views.consent_refused(asker_t))


async def tell(talk: Talk, result: linking.Linking) -> None:
    """Says how an attempt to link ended."""
    context, t, user_id = talk.context, talk.t, talk.speaker.user_id
    brand = context.parts.settings.brand
    if isinstance(result, linking.ConsentAsked):
        asked_t = translator(await language_of(context.parts.db, result.asked_user_id))
        await answer(context, result.asked_user_id, views.consent_request(asked_t, result.request_id))
        await answer(context, user_id, views.consent_asked(t))
    elif isinstance(result, linking.NotLinked):
        minutes = max(1, -(-int(result.wait.total_seconds()) // 60))
        await answer(
            context,
            user_id,
            {
                "payload": views.payload_refused(t),
                "unknown": views.contact_unknown(t),
                "ambiguous": views.contact_ambiguous(t),
                "throttled": views.too_many_tries(t, minutes),
            }[result.reason],
        )
    elif result.already:
        await answer(context, user_id, views.already_linked(t, brand))
    else:
        await _welcome(talk, result.customer_id)


async def _welcome(talk: Talk, customer_id: str) -> None:
    """From now on the wallet's record says in which language, unless the person chose one."""
    context, user_id = talk.context, talk.speaker.user_id
    t = translator(await language_of(context.parts.db, user_id))
    facts = await standing_of(context.parts.db, customer_id)
    await answer(context, user_id, views.linked(t, facts.customer.name, context.parts.settings.brand))
    await show_commands(context, replace(talk.speaker, customer_id=customer_id), t)


async def show_commands(context: Context, speaker: Speaker, t: Translator) -> None:
    """Gives this chat's menu the person's language: Telegram's own choice knows one Chinese only."""
    try:
        await context.bot.set_my_commands(command_list(t), scope=BotCommandScopeChat(speaker.user_id))
    except TelegramError:
        return  # the menu stays in Telegram's language; everything in it works
