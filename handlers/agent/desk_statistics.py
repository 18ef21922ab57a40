"""`/stats`: the desk's figures for supervisors, in the group or in private, as text and as a picture."""

from __future__ import annotations

from telegram import Message, Update
from telegram.constants import ChatType

from bot.channels import Refused
from bot.channels.telegram import Priority, send_photo
from bot.message import Message as View
from bot.rules.operations.desk_statistics import MOST_DAYS, read_days
from bot.views.operations import desk_statistics as views
from bot.work.cases.case_cards import agent_language
from bot.work.operations.charts import drawn
from bot.work.operations.desk_statistics import figures, supervisor
from handlers.agent.permissions import Act, for_agents, topic_of
from handlers.context import Context, answer, log
from handlers.customer.free_text import say as words
from handlers.registry import agent_command
from locales import Translator, translator


@agent_command("stats")
@for_agents
async def stats(act: Act) -> None:
    if not act.agent.is_supervisor:
        await act.answer(views.supervisors_only(act.t))
    else:
        await _tell(act.context, act.message, act.t)


async def stats_in_private(update: Update, context: Context) -> None:
    """The same in private; to anybody except supervisors it is an unknown command."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None or message.chat.type != ChatType.PRIVATE:
        return
    who = await supervisor(context.parts.db, user.id)
    if who is None:
        await words(update, context)
    else:
        await _tell(context, message, translator(agent_language([who])))


async def _tell(context: Context, message: Message, t: Translator) -> None:
    """The text at once; then the picture, if it can be drawn."""
    days = read_days((message.text or "").split()[1:])
    if days is None:
        await _answer(context, message, views.usage(t, MOST_DAYS))
        return
    parts = context.parts
    desk = parts.policies.current.desk
    summary = await figures(parts.db, desk, days, parts.clock.now())
    await _answer(context, message, views.figures(t, summary, desk.time_zone))
    picture = await drawn(t, views.chart(t, summary))
    if picture is None:
        return
    outcome = await send_photo(
        context.bot,
        message.chat_id,
        picture,
        views.caption(t, summary),
        thread_id=topic_of(message),
        priority=Priority.DESK,
    )
    if isinstance(outcome, Refused):
        log.info("a picture was not sent", reason=outcome.reason)


async def _answer(context: Context, message: Message, view: View) -> None:
    await answer(context, message.chat_id, view, thread_id=topic_of(message), reply_to=message.message_id)
