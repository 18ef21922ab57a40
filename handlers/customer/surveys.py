"""A survey's answers: by buttons, in place, and in words. `free_text.say` asks here whether a message is such an
answer."""

from __future__ import annotations

from bot.views.customers.button_owners import OWNER
from bot.views.reminders import surveys as views
from bot.work.reminders import surveys
from bot.work.reminders.surveys import Asking
from handlers.customer.balance import due
from handlers.customer.speakers import CustomerTalk, Talk, for_its_owner, reply
from handlers.registry import customer_press


async def _show(talk: CustomerTalk, asking: Asking) -> None:
    if asking.survey is None or asking.question is None:
        await reply(talk, views.ended(talk.t, asking.ended))
    else:
        await reply(talk, views.question(talk.t, asking.survey_id, asking.survey, asking.number))


async def _not_theirs(talk: CustomerTalk) -> None:
    await due(talk.update, talk.context)


@customer_press(
    r"survey:(?P<survey>[0-9]{1,12}):(?P<number>[0-9]{1,2}):(?P<answer>[1-5]|c[0-9]|skip|back|leave)" + OWNER
)
@for_its_owner(_not_theirs)
async def answer(talk: CustomerTalk) -> None:
    parts, match = talk.context.parts, talk.context.match
    assert match is not None
    survey_id, number = int(match["survey"]), int(match["number"])
    now = parts.clock.now()
    await _show(talk, await surveys.answer(parts.db, talk.customer_id, survey_id, number, match["answer"], now))


async def takes_words(talk: Talk) -> bool:
    """Keeps what a customer wrote in answer to a survey's question, and asks the next; False if it is something
    else."""
    message, customer_id = talk.update.effective_message, talk.speaker.customer_id
    if message is None or customer_id is None or not message.text:
        return False
    parts = talk.context.parts
    now, said_in = parts.clock.now(), talk.update.update_id
    asking = await surveys.take_words(parts.db, customer_id, message.text, now, said_in)
    if asking is None:
        return False
    await _show(CustomerTalk(talk.update, talk.context, talk.speaker, talk.t, customer_id), asking)
    return True
