"""The buttons below the live queue: the next case, or one by its number. Anybody in the group can press them."""

from __future__ import annotations

from telegram import Update

from bot.message import Message
from bot.views.cases import desk as views
from bot.views.cases import desk_duty, desk_queue
from bot.views.cases.live_queue import taken
from bot.work.acting import Refusal
from bot.work.cases import casework
from bot.work.cases.case_cards import agent_language
from handlers.context import Context, answer_press
from handlers.registry import agent_press
from locales import Translator, translator
from storage.cases.agents import Agent


@agent_press(r"queue:next")
async def take_next(update: Update, context: Context) -> None:
    """The most urgent case that fits the agent."""
    parts, (agent, t) = context.parts, await _who(update, context)
    if agent is None:
        await _may_not(update, t)
        return
    now, desk = parts.clock.now(), parts.policies.current.desk
    try:
        case = await casework.claim_next(parts.db, agent, now, update.update_id, desk)
    except Refusal as refusal:
        await _say(update, desk_duty.may_not_take(t, refusal.why))
        return
    parts.desk_has_work.set()
    if case is not None:
        await answer_press(update, taken(t, case.case_id))
    elif others := await casework.wait_for_others(parts.db, agent):
        await _say(update, desk_queue.others_wait(t, others))
    else:
        await _say(update, desk_queue.nothing_waits(t))


@agent_press(r"queue:take:(?P<case>[0-9]{1,15})")
async def take(update: Update, context: Context) -> None:
    """A waiting case by its number."""
    parts, (agent, t) = context.parts, await _who(update, context)
    if agent is None or context.match is None:
        await _may_not(update, t)
        return
    wanted = await casework.open_case(parts.db, int(context.match["case"]))
    if wanted is None:
        await _say(update, views.no_open_case(t))
        return
    try:
        case = await casework.claim(parts.db, wanted, agent, parts.clock.now())
    except Refusal as refusal:
        await _say(update, desk_duty.may_not_take(t, refusal.why))
        return
    parts.desk_has_work.set()
    if case.owner_id == agent.telegram_id:
        await answer_press(update, taken(t, case.case_id))
    else:
        await _say(update, views.taken_by_other(t, case.owner_name or ""))


async def _who(update: Update, context: Context) -> tuple[Agent | None, Translator]:
    """The agent who pressed in an agents' group; None for anybody else."""
    query = update.callback_query
    assert query is not None, "a button was pressed"
    parts = context.parts
    here = parts.groups is not None and query.message is not None and query.message.chat.id in parts.groups
    agent = await casework.agent_of(parts.db, query.from_user.id) if here else None
    return agent, translator(agent_language([agent]) if agent else "en")


async def _may_not(update: Update, t: Translator) -> None:
    assert update.callback_query is not None, "a button was pressed"
    user_id = update.callback_query.from_user.id
    await _say(update, views.agents_only(t, user_id))


async def _say(update: Update, view: Message) -> None:
    """A notice over the chat, which only the person who pressed sees."""
    await answer_press(update, view.plain())
