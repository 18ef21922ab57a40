"""`/say NAME`: a canned reply, filled for the customer and shown to the agent; `/say` lists the replies."""

from __future__ import annotations

import difflib

from bot.channels.telegram_relay import text_content
from bot.views.cases import canned_replies as views
from bot.work.cases.canned_replies import NotFilled, ReplyDesk, customer_language, fill
from bot.work.topics import talk
from handlers.agent.permissions import CaseAct, in_open_case
from handlers.agent.talk import answered_by, tell
from handlers.registry import agent_command
from storage.topics.relays import NewMessage


@agent_command("say")
@in_open_case
async def say(act: CaseAct) -> None:
    parts, now = act.context.parts, act.context.parts.clock.now()
    book = parts.replies.current()
    asked = act.after_command.split()
    if len(asked) != 1:
        language = await customer_language(parts.db, act.on)
        await act.answer(views.list_of_replies(act.t, book.replies, language, book.faults))
        return
    name = asked[0].casefold()
    reply = book.replies.get(name)
    if reply is None:
        await act.answer(views.no_such_reply(act.t, name, difflib.get_close_matches(name, book.replies, 3)))
        return
    desk = ReplyDesk(parts.db, parts.settings, parts.policies.current)
    filled = await fill(desk, reply, act.on, act.agent, now)
    if isinstance(filled, NotFilled):
        await act.answer(views.not_filled(act.t, name, filled.placeholder, filled.why == "old"))
        return
    reply_to = None if act.pressed else answered_by(act.message)
    words = NewMessage("text", text_content(filled.text), act.source, reply_to)
    said = await talk.say(parts.db, act.on, act.agent, words, now)
    parts.desk_has_work.set()
    await tell(act, said)
    if said.result == "on_its_way":
        await act.answer(views.said(act.t, filled.text, filled.in_english))
