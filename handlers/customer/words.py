"""Everything a customer writes or sends that is not a command: plain words for a command do the same, the rest goes to
their agent.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext.filters import StatusUpdate

from bot.views.cases import person as views
from bot.views.customers.linking import how_to_link
from bot.views.menu import action_words
from bot.work.customers.customer_activity import keep_words, talks_with_person
from handlers.context import Context, answer
from handlers.customer import rating, stopping
from handlers.customer.passing import pass_edit_on, pass_on
from handlers.customer.speaking import listen
from handlers.registry import CUSTOMERS


async def say(update: Update, context: Context) -> None:
    """A plain word for a command does what the command does; the rest is for the agent. While an agent is in the
    conversation every message is for the agent, and the bot acts on none, except that "stop" works for both."""
    message = update.effective_message
    assert message is not None
    action = action_words().get((message.text or "").strip().casefold())
    if action is not None and not await _is_for_person(update, context):
        await CUSTOMERS.presses[action](update, context)
        return
    talk = await listen(update, context)
    if talk is None:
        return
    if action == "stop" and await pass_on(talk):
        await stopping.stop_reminding(talk)
        return
    if await rating.takes_words(talk):
        return
    parts, speaker = context.parts, talk.speaker
    if StatusUpdate.ALL.check_update(update):
        return  # they pinned something or set a timer: there is no message
    if await pass_on(talk):
        return
    if speaker.customer_id is None:
        await answer(context, speaker.user_id, how_to_link(talk.t, parts.settings.brand))
    elif message.text is None:
        await answer(context, speaker.user_id, views.media_not_passed_on(talk.t))
    else:
        await keep_words(parts.db, speaker.user_id, message.text, parts.clock.now())
        await answer(context, speaker.user_id, views.words_not_passed_on(talk.t))


async def _is_for_person(update: Update, context: Context) -> bool:
    message, chat = update.effective_message, update.effective_chat
    assert message is not None and chat is not None
    answered = message.reply_to_message.message_id if message.reply_to_message else None
    parts = context.parts
    return await talks_with_person(parts.db, chat.id, answered, parts.clock.now())


async def edited(update: Update, context: Context) -> None:
    """An edit of a message that was passed on is passed on too."""
    talk = await listen(update, context)
    if talk is not None and update.effective_message is not None:
        await pass_edit_on(talk)
