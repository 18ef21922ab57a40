"""Linking by the person's own contact, the answers to every way of linking, and the questions before a link ends."""

from __future__ import annotations

from dataclasses import replace

from telegram import BotCommandScopeChat
from telegram.error import TelegramError

from bot.views.customers import linking as views
from bot.views.menu import command_list
from bot.work.customers import linking, unlinking
from bot.work.customers.customer_activity import Speaker, language_of, read_facts
from bot.work.customers.link_news import Telling, tell_link_changes
from handlers.context import Context, answer
from handlers.customer.relays import pass_on
from handlers.customer.speakers import Talk, for_anybody
from handlers.registry import customer_press
from locales import Translator, translator


@for_anybody
async def share_contact(talk: Talk) -> None:
    """Links by a shared contact, if it is the sender's own: `contact.user_id` says whose it is."""
    message = talk.update.effective_message
    assert message is not None and message.contact is not None
    shared = message.contact
    if talk.speaker.customer_id is not None and await pass_on(talk):
        return  # during a talk with an agent it is for the agent
    # Telegram names the account of a number. A forwarded contact, or one sent through a bot, proves nothing.
    second_hand = message.forward_origin is not None or message.via_bot is not None
    if shared.user_id != talk.speaker.user_id or second_hand:
        await answer(talk.context, talk.speaker.user_id, views.contact_not_own(talk.t))
        return
    parts, user_id, now = talk.context.parts, talk.speaker.user_id, talk.context.parts.clock.now()
    await tell(talk, await linking.share_contact(parts.db, user_id, shared.phone_number, now, talk.update.update_id))


@customer_press(r"link:(?P<answer>yes|no):(?P<request>[0-9]{1,15})")
@for_anybody
async def answer_question(talk: Talk) -> None:
    """The linked account's yes or no: to another account's request, or to its own."""
    context, parts = talk.context, talk.context.parts
    assert context.match is not None
    said = await linking.answer_question(
        parts.db,
        int(context.match["request"]),
        talk.speaker.user_id,
        context.match["answer"] == "yes",
        parts.clock.now(),
        talk.update.update_id,
    )
    if said is None:
        await answer(context, talk.speaker.user_id, views.question_over(talk.t))
    elif said.request.kind == "consent":
        await _tell_consent(talk, said)
    elif said.result is not None:
        await tell(talk, said.result)
    else:
        await answer(context, talk.speaker.user_id, views.nothing_changed(talk.t))


async def _tell_consent(talk: Talk, said: linking.Answered) -> None:
    """Tells both accounts what the first one answered."""
    context, asker = talk.context, said.request.user_id
    link_id = said.result.link_id if isinstance(said.result, linking.Linked) else 0
    await answer(context, talk.speaker.user_id, views.consent_noted(talk.t, said.agreed, link_id))
    asker_t = translator(await language_of(context.parts.db, asker))
    await answer(context, asker, views.consent_granted(asker_t) if said.agreed else views.consent_refused(asker_t))
    context.parts.desk_has_work.set()


@customer_press(r"notme:(?P<link>[0-9]{1,15})")
@for_anybody
async def not_mine(talk: Talk) -> None:
    """Asks before a link ends, because the button stays below an old message for ever."""
    assert talk.context.match is not None
    link = await unlinking.link_of(talk.context.parts.db, talk.speaker.user_id)
    link_id = int(talk.context.match["link"])
    if link is None or link.link_id != link_id:
        await answer(talk.context, talk.speaker.user_id, views.question_over(talk.t))
        return
    await answer(talk.context, talk.speaker.user_id, views.not_mine(talk.t, talk.context.parts.settings.brand, link_id))


@customer_press(r"notme:yes:(?P<link>[0-9]{1,15})")
@for_anybody
async def not_mine_yes(talk: Talk) -> None:
    """Ends this account's own link, or takes back the link that another account took over."""
    context, parts, user_id = talk.context, talk.context.parts, talk.speaker.user_id
    assert context.match is not None
    done = await unlinking.not_me(parts.db, user_id, int(context.match["link"]), parts.clock.now())
    t, brand = translator(await language_of(parts.db, user_id)), parts.settings.brand
    view = {
        "ended": views.not_mine_done(t, brand, done.back),
        "taken_back": views.taken_back(t, brand),
        "disputed": views.disputed(t, brand),
        "over": views.question_over(t),
    }[done.result]
    await answer(context, user_id, view)
    await _tell_others(talk)


@customer_press("notme:no")
@for_anybody
async def not_mine_no(talk: Talk) -> None:
    await answer(talk.context, talk.speaker.user_id, views.nothing_changed(talk.t))


async def tell(talk: Talk, result: linking.Linking) -> None:
    """Says how an attempt to link ended."""
    context, t, user_id = talk.context, talk.t, talk.speaker.user_id
    brand = context.parts.settings.brand
    if isinstance(result, linking.SwitchAsked):
        since = result.since.date()
        await answer(
            context,
            user_id,
            views.switch_question(
                t,
                brand,
                result.request_id,
                result.name,
                since,
                has_case=result.has_case,
                has_agreement=result.has_agreement,
            ),
        )
    elif isinstance(result, linking.ConsentAsked):
        if result.ask:
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
                "refused": views.consent_refused(t),
                "wallet_only": views.wallet_only(t),
            }[result.reason],
        )
    elif result.already:
        await answer(context, user_id, views.already_linked(t, brand))
    else:
        await _welcome(talk, result.customer_id, result.link_id)
        if result.first:
            return
    await _tell_others(talk)


async def _tell_others(talk: Talk) -> None:
    """An account that lost its link is told at once, other channels within a minute; the topic is told too."""
    parts, now = talk.context.parts, talk.context.parts.clock.now()
    parts.desk_has_work.set()
    telling = Telling(parts.db, parts.channel, parts.channels, parts.policies.current, parts.settings.brand)
    await tell_link_changes(telling, now, elsewhere=False)


async def _welcome(talk: Talk, customer_id: str, link_id: int) -> None:
    """From now on the wallet's record decides the language, unless the person chose one."""
    context, user_id = talk.context, talk.speaker.user_id
    t = translator(await language_of(context.parts.db, user_id))
    facts = await read_facts(context.parts.db, customer_id)
    await answer(context, user_id, views.linked(t, facts.customer.name, context.parts.settings.brand, link_id))
    await show_commands(context, replace(talk.speaker, customer_id=customer_id), t)


async def show_commands(context: Context, speaker: Speaker, t: Translator) -> None:
    """Gives this chat's menu the person's language, because Telegram's own choice knows only one Chinese."""
    try:
        await context.bot.set_my_commands(command_list(t), scope=BotCommandScopeChat(speaker.user_id))
    except TelegramError:
        return  # the menu stays in Telegram's language; all its commands work
