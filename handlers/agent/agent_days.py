"""`/day`: an agent's day as a timeline, in private: one's own, and for supervisors anybody's."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType

from bot.views.operations import agent_day as views
from bot.work.cases.case_cards import agent_language
from bot.work.cases.casework import agent_of
from bot.work.cases.duty import WhoseDuty
from bot.work.operations.agent_days import agent_day
from handlers.agent.permissions import Act, for_agents
from handlers.context import Context, answer
from handlers.customer.free_text import say as words
from handlers.registry import agent_command
from locales import translator


@agent_command("day")
@for_agents
async def day(act: Act) -> None:
    """In the group: what somebody did is nobody else's business."""
    await act.toast(views.in_private(act.t))


async def day_in_private(update: Update, context: Context) -> None:
    """`/day [NAME] [DAY]`; to anybody except agents it is an unknown command."""
    message, user, parts = update.effective_message, update.effective_user, context.parts
    if message is None or user is None or message.chat.type != ChatType.PRIVATE:
        return
    agent = await agent_of(parts.db, user.id)
    if agent is None:
        await words(update, context)
        return
    t, desk = translator(agent_language([agent])), parts.policies.current.desk
    text = " ".join((message.text or "").split()[1:])
    seen = await agent_day(parts.db, user.id, text, desk, parts.clock.now())
    if seen is None or isinstance(seen, WhoseDuty):
        view = views.usage(t, () if seen is None else seen.names)
    else:
        view = views.agent_day(t, seen, desk.time_zone)
    await answer(context, message.chat_id, view, reply_to=message.message_id)
