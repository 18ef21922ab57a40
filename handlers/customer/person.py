"""`/agent`, and whatever a customer writes or sends that is no command: it goes to the person they talk to."""

from __future__ import annotations

from telegram import Update

from bot.channels.telegram_relay import kept, kept_edit
from bot.views import person as views
from bot.views.linking import how_to_link
from bot.views.menu import action_words
from bot.work.hearing import ask_for_person, keep_words, pass_to_agent
from handlers.context import Context, answer
from handlers.customer import disputing, language, money, paying, promising, settings, start, stopping
from handlers.customer.speaking import CustomerTalk, Handler, for_customers, listen


@for_customers
async def call(talk: CustomerTalk) -> None:
    """A person will write; what was written shortly before comes to them too."""
    parts, now = talk.context.parts, talk.context.parts.clock.now()
    already = await ask_for_person(parts.db, talk.customer_id, talk.speaker.user_id, now)
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.person_called(talk.t, already))


WORDS: dict[str, Handler] = {
    "balance": money.balance,
    "due": money.due,
    "pay": paying.pay,
    "promise": promising.ask,
    "dispute": disputing.ask,
    "agent": call,
    "policy": settings.show_policy,
    "settings": settings.show,
    "language": language.ask,
    "privacy": settings.show_privacy,
    "help": start.show_help,
    "stop": stopping.stop,
    "resume": stopping.resume,
}


async def words(update: Update, context: Context) -> None:
    """A plain word for a command does what the command does; all else is for a person."""
    message = update.effective_message
    assert message is not None
    action = action_words().get((message.text or "").strip().casefold())
    if action is not None:
        await WORDS[action](update, context)
        return
    talk = await listen(update, context)
    if talk is None:
        return
    parts, speaker = context.parts, talk.speaker
    kind, content = kept(message)
    reply_to = message.reply_to_message.message_id if message.reply_to_message else None
    passed = await pass_to_agent(
        parts.db, speaker, kind, message.message_id, parts.clock.now(), content=content, reply_to=reply_to
    )
    if passed:
        parts.desk_has_work.set()
    elif speaker.customer_id is None:
        await answer(context, speaker.user_id, how_to_link(talk.t, parts.settings.brand))
    elif message.text is None:
        await answer(context, speaker.user_id, views.media_not_passed_on(talk.t))
    else:
        await keep_words(parts.db, speaker.user_id, message.text, parts.clock.now())
        await answer(context, speaker.user_id, views.words_not_passed_on(talk.t))


async def edited(update: Update, context: Context) -> None:
    """What was passed on is edited there too."""
    message = update.effective_message
    talk = await listen(update, context)
    if talk is None or message is None:
        return
    kind, content = kept_edit(message)
    parts = context.parts
    passed = await pass_to_agent(
        parts.db,
        talk.speaker,
        kind,
        message.message_id,
        parts.clock.now(),
        content=content,
        revision=update.update_id,
    )
    if passed:
        parts.desk_has_work.set()
