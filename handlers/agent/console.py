"""`/console`: the way into the console in a browser, for agents and supervisors, in private only."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType

from bot.views.operations import console_link as views
from bot.work.cases.case_cards import agent_language
from bot.work.operations.console_access import LINK_LASTS, way_in
from handlers.agent.permissions import Act, for_agents
from handlers.context import Context, answer
from handlers.customer.free_text import say as words
from handlers.registry import agent_command
from locales import translator


@agent_command("console")
@for_agents
async def console(act: Act) -> None:
    """In the group: others would see the link, and it lets in anybody."""
    await act.answer(views.in_private(act.t))


async def console_in_private(update: Update, context: Context) -> None:
    """The link; to anybody except agents `/console` is an unknown command."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None or message.chat.type != ChatType.PRIVATE:
        return
    parts = context.parts
    way = await way_in(parts.db, user.id, parts.web_address, parts.clock.now())
    if way is None:
        await words(update, context)
        return
    t = translator(agent_language([way.agent]))
    minutes = int(LINK_LASTS.total_seconds()) // 60
    await answer(context, message.chat_id, views.way_in(t, way.url, minutes), reply_to=message.message_id)
