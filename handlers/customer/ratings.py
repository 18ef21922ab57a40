"""Ratings: a score by a button, and a comment. `free_text.say` asks here first whether a message is a comment on a
score.
"""

from __future__ import annotations

from bot.views.cases import ratings as views
from bot.work.cases import ratings
from bot.work.customers.talk_with_agent import keep_words
from handlers.context import answer
from handlers.customer.speakers import CustomerTalk, Talk, for_customers
from handlers.registry import customer_press


@customer_press(r"rate:(?P<case>[0-9]{1,15}):(?P<score>[1-5])")
@for_customers
async def rate(talk: CustomerTalk) -> None:
    parts, match = talk.context.parts, talk.context.match
    assert match is not None
    case_id, score = int(match["case"]), int(match["score"])
    kept = await ratings.rate(parts.db, talk.customer_id, case_id, score, parts.clock.now())
    view = views.thanks(talk.t) if kept else views.over(talk.t)
    await answer(talk.context, talk.speaker.user_id, view)


async def takes_words(talk: Talk) -> bool:
    """Keeps what a customer wrote about their score, and says so; False if it is something else."""
    message, customer_id = talk.update.effective_message, talk.speaker.customer_id
    if message is None or customer_id is None or not message.text:
        return False
    parts, now = talk.context.parts, talk.context.parts.clock.now()
    replied = message.reply_to_message.message_id if message.reply_to_message else None
    if not await ratings.keep_words(parts.db, customer_id, message.text, replied, now):
        return False
    # The comment may need an agent after all: then it is passed on when the customer asks for one.
    await keep_words(parts.db, talk.speaker.user_id, message.text, now)
    await answer(talk.context, talk.speaker.user_id, views.words_kept(talk.t))
    return True
