"""`/start` with or without a payload, `/help`, and the answers when nothing else fits."""

from __future__ import annotations

from telegram import Update

from bot.views.cases import desk_help
from bot.views.customers.linking import how_to_link
from bot.views.customers.private import money_in_private, old_button
from bot.views.menu import help_message
from bot.work.cases.case_cards import agent_language
from bot.work.cases.casework import agent_of
from bot.work.customers.linking import open_payload
from handlers.context import Context, answer, answer_press
from handlers.customer.balance import due
from handlers.customer.linking import tell
from handlers.customer.speakers import Talk, for_anybody, listen
from handlers.registry import CUSTOMERS, customer_command
from locales import match_language, translator


@CUSTOMERS.command("start")
@for_anybody
async def start(talk: Talk) -> None:
    """`/start PAYLOAD` links; `/start` alone shows what can be done, or how to link."""
    context, user_id = talk.context, talk.speaker.user_id
    payload = context.args[0] if context.args else ""
    if payload:
        parts = context.parts
        await tell(talk, await open_payload(parts.db, user_id, payload, parts.clock.now(), talk.update.update_id))
    elif (agent := await agent_of(context.parts.db, user_id)) is not None:
        t = translator(agent_language([agent]))
        await answer(context, user_id, desk_help.welcome(t, agent.name, context.parts.settings.brand, agent.role))
    elif talk.speaker.customer_id is None:
        await answer(context, user_id, how_to_link(talk.t, context.parts.settings.brand))
    else:
        await answer(context, user_id, help_message(talk.t, context.parts.settings.brand))


@customer_command("help")
@for_anybody
async def show_help(talk: Talk) -> None:
    context = talk.context
    if (agent := await agent_of(context.parts.db, talk.speaker.user_id)) is not None:
        t = translator(agent_language([agent]))
        await answer(context, talk.speaker.user_id, desk_help.help_in_private(t, agent.role))
        return
    await answer(context, talk.speaker.user_id, help_message(talk.t, context.parts.settings.brand))


async def unknown_press(update: Update, context: Context) -> None:
    """A button of an older version, or forged data: a short notice, and how things are today."""
    talk = await listen(update, context, acknowledge=False)
    await answer_press(update, old_button(talk.t) if talk is not None else "")
    if talk is not None:
        await due(update, context)


async def in_group(update: Update, context: Context) -> None:
    """A customer's command in a group: the bot talks about money only in private."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None:
        return
    t = translator(match_language(user.language_code or "") or "en")
    thread_id = message.message_thread_id if message.is_topic_message else None
    await answer(
        context,
        message.chat_id,
        money_in_private(t, context.parts.bot_username),
        thread_id=thread_id,
        reply_to=message.message_id,
    )
