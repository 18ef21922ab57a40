"""Ready replies by the API: the words of one, filled in for a case's customer as `/say NAME` does it in the topic."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from bot.web.api.desk_refusals import not_possible
from bot.web.problems import Problem, Wrong
from bot.work.acting_outside import Refused
from bot.work.cases.canned_replies import Filled, NotFilled, ReplyBook, ReplyDesk
from bot.work.runtime.parts import Parts
from bot.work.topics import messages_outside
from storage.cases.agents import Agent

_book = cache(ReplyBook)  # one for each file: it keeps the last good replies


async def canned_text(parts: Parts, agent: Agent, case_id: int, name: str, now: datetime) -> str | Refused:
    """The words, or why there is no such case. Raises a problem if there is no such reply, or it cannot be filled."""
    replies = _book(parts.settings.replies).current().replies
    reply = replies.get(name.casefold())
    if reply is None:
        wrong = Wrong("ready_reply", f"one of {', '.join(replies)}")
        raise Problem("wrong-value", "there is no such ready reply", [wrong], more={"reason": "no_such_reply"})
    desk = ReplyDesk(parts.db, parts.settings, parts.policies.current)
    filled = await messages_outside.ready_words(desk, reply, agent, case_id, now)
    if isinstance(filled, NotFilled):
        raise not_possible("figures_old" if filled.why == "old" else "not_filled", filled.placeholder)
    return filled.text if isinstance(filled, Filled) else filled
