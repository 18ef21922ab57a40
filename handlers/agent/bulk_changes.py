"""`/bulk`: a supervisor moves many cases, or lets them rest. It is shown first, and done when the same person presses
the button.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from telegram import Message, Update

from bot.message import Message as View
from bot.rules.cases.bulk_changes import NotBulk
from bot.views.cases import bulk_changes as views
from bot.views.operations.desk_statistics import supervisors_only
from bot.work.cases import bulk_changes
from bot.work.cases.agent_notices import tell_agents
from bot.work.cases.bulk_changes import Done, Missed
from bot.work.cases.case_cards import agent_language
from handlers.agent.permissions import Act, for_agents, topic_of
from handlers.context import Context, answer, answer_press
from handlers.registry import agent_command, agent_press
from locales import Translator, translator


@agent_command("bulk")
@for_agents
async def ask(act: Act) -> None:
    if not act.agent.is_supervisor:
        await act.answer(supervisors_only(act.t))
        return
    parts, key = act.context.parts, act.update.update_id
    text = (act.message.text or "").partition(" ")[2]
    zone = parts.policies.current.desk.time_zone
    asked = await bulk_changes.ask(parts.db, act.agent, text, key, zone, parts.clock.now())
    if isinstance(asked, NotBulk):
        await act.answer(views.bulk_refused(act.t, asked))
    else:
        await act.answer(views.asked(act.t, asked.bulk, asked.count, asked.to_name, key))


MISSED: Mapping[Missed, Callable[[Translator], View]] = {
    "over": views.over,
    "declined": views.declined,
    "done_before": views.done_before,
}


@agent_press(r"bulk:(?P<key>[0-9]{1,18}):(?P<answer>yes|no)")
async def press(update: Update, context: Context) -> None:
    """Telegram says who presses; the button itself carries only the order's number."""
    await answer_press(update)
    query, match = update.callback_query, context.match
    if query is None or match is None:
        return
    parts = context.parts
    agreed, zone = match["answer"] == "yes", parts.policies.current.desk.time_zone
    pressed = await bulk_changes.press(parts.db, query.from_user.id, int(match["key"]), agreed, zone, parts.clock.now())
    if pressed is None:
        return
    who, result = pressed
    t = translator(agent_language([who]))
    if isinstance(result, NotBulk):
        await _answer(context, query.message, views.bulk_refused(t, result))
        return
    if not isinstance(result, Done):
        await _answer(context, query.message, MISSED[result](t))
        return
    parts.desk_has_work.set()
    await tell_agents(parts.db, parts.channel)
    await _answer(context, query.message, views.done(t, result.bulk, result.count, result.to_name))


async def _answer(context: Context, about: object, view: View) -> None:
    if isinstance(about, Message):
        await answer(context, about.chat_id, view, thread_id=topic_of(about), reply_to=about.message_id)
