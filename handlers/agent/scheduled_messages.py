"""`/later 9:00 text`: sends a message later, if it is right still; `/later` alone lists what waits."""

from __future__ import annotations

import json

from telegram import Update

from bot.rules.cases.who_may import MayNot
from bot.views.cases import desk as desk_views
from bot.views.topics import held_words as views
from bot.work.cases import casework
from bot.work.cases.case_cards import agent_language
from bot.work.topics import held_words, scheduled_messages
from bot.work.topics.held_words import Asked
from bot.work.topics.scheduled_messages import NotLater
from handlers.agent.held_words import ask
from handlers.agent.permissions import Act, CaseAct, for_agents
from handlers.context import Context, answer_press
from handlers.registry import agent_command, agent_press
from locales import translator


@agent_command("later")
@for_agents
async def send_later(act: Act) -> None:
    said = (act.pressed or act.message.text or "").partition(" ")[2]
    if not said.strip():
        await _list(act)
    elif act.case is None:
        await act.answer(desk_views.not_a_case(act.t))
    else:
        await _keep(act, said)


async def _keep(act: Act, said: str) -> None:
    parts = act.context.parts
    assert act.case is not None
    now = parts.clock.now()
    done = await scheduled_messages.keep_for_later(
        parts.db, parts.screening, act.case, act.agent, said, act.source, now
    )
    parts.desk_has_work.set()
    if isinstance(done, MayNot):
        on = CaseAct(act.update, act.context, act.message, act.agent, act.case, act.t, on=act.case)
        await on.refuse(done)
    elif isinstance(done, NotLater):
        unreadable = views.usage(act.t, done.no_day) if done.no_day is not None else None
        at = views.no_time(act.t, done.at, done.zone) if done.at is not None else None
        refused = unreadable or at
        assert refused is not None, "it has one of the two reasons"
        await act.answer(refused)
    elif isinstance(done, Asked):
        await ask(act, done)
    else:
        await act.answer(views.kept(act.t, done.at, done.zone))


async def _list(act: Act) -> None:
    parts = act.context.parts
    waiting = await scheduled_messages.for_later(parts.db, act.agent, act.case)
    rows = [(each.held_id, each.case_id, each.send_at or each.at, json.loads(each.content)["text"]) for each in waiting]
    await act.answer(views.waiting(act.t, rows, parts.policies.current.desk.time_zone))


@agent_press(r"later:cancel:(?P<held>[0-9]{1,15})")
async def cancel(update: Update, context: Context) -> None:
    """A press in the list of what waits."""
    query, match, parts = update.callback_query, context.match, context.parts
    if query is None or match is None:
        return
    agent = await casework.agent_of(parts.db, query.from_user.id)
    t = translator(agent_language([agent]) if agent else "en")
    done = agent is not None and await held_words.drop(parts.db, int(match["held"]), agent)
    await answer_press(update, (views.dropped(t) if done else views.waits_no_more(t)).plain())
