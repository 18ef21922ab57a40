"""Passes a customer's messages on to the agent of their case, and says when somebody will be there to read them."""

from __future__ import annotations

from functools import partial

from bot.channels.telegram_relay import forwarded_from, kept_edit, kept_of_customer
from bot.channels.telegram_talk_files import file_of
from bot.message import Message
from bot.views.cases import talk_with_agent as views
from bot.views.topics.talk import forwarded
from bot.work.cases.case_cards import language_at_the_desk
from bot.work.cases.out_of_hours import absence_to_tell
from bot.work.customers.talk_with_agent import pass_to_agent
from handlers.context import answer
from handlers.customer.speakers import Talk
from locales import Translator, translator
from storage.topics.relays import NewMessage


async def pass_on(talk: Talk) -> bool:
    """Passes a new message on; False if they have no open case."""
    message, parts = talk.update.effective_message, talk.context.parts
    assert message is not None
    theirs = forwarded_from(message) is None
    kind, content = kept_of_customer(message, partial(forwarded, await _t_of_desk(talk)))
    passed_on = NewMessage(
        kind,
        content,
        (talk.speaker.user_id, message.message_id),
        reply_to=message.reply_to_message.message_id if message.reply_to_message else None,
        album=message.media_group_id if kind == "media" else None,
        file=file_of(message),
    )
    said = message.text if theirs else None
    passed = await pass_to_agent(parts.db, talk.speaker, passed_on, parts.clock.now(), said=said)
    if passed:
        parts.desk_has_work.set()
        await tell_absence(talk)
    return passed


async def _t_of_desk(talk: Talk) -> Translator:
    """The agents' language; it matters only where a line of ours is above the customer's words."""
    message = talk.update.effective_message
    if message is None or forwarded_from(message) is None:
        return talk.t
    return translator(await language_at_the_desk(talk.context.parts.db, talk.speaker.customer_id))


async def pass_edit_on(talk: Talk) -> None:
    """An edit of a message that was passed on is passed on too."""
    message, parts = talk.update.effective_message, talk.context.parts
    assert message is not None
    edit = kept_edit(message, quoting=True)
    if edit is None:
        return
    source = (talk.speaker.user_id, message.message_id)
    edited = NewMessage(*edit, source, revision=talk.update.update_id, file=file_of(message))
    if await pass_to_agent(parts.db, talk.speaker, edited, parts.clock.now()):
        parts.desk_has_work.set()


async def tell_absence(talk: Talk) -> None:
    """Says when somebody will answer, if nobody is there now."""
    absent = await absence_words(talk)
    if absent:
        await answer(talk.context, talk.speaker.user_id, Message(absent))


async def absence_words(talk: Talk) -> str:
    """When somebody will answer, for a message that says that a person was asked; empty if somebody is there, or the
    customer was told already, also in another answer to the same message."""
    parts, customer_id = talk.context.parts, talk.speaker.customer_id
    if customer_id is None or talk.context.absence_told:
        return ""
    desk = parts.policies.current.desk
    absence = await absence_to_tell(parts.db, customer_id, desk, parts.clock.now(), talk.update.update_id)
    talk.context.absence_told = absence is not None
    return "" if absence is None else views.answered_from(talk.t, absence.until, absence.zone).text
