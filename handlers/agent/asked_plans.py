"""The buttons on a case's card by which an agent answers a plan that the customer asks for."""

from __future__ import annotations

from telegram import Message as TelegramMessage
from telegram import Update

from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.cases.who_may import MayNot
from bot.views.agreements import asked_plans as views
from bot.work.agreements import asked_plans
from bot.work.agreements.customer_notices import ANSWERED_WITHIN, tell_customer, was_told
from bot.work.cases.casework import open_desktop
from handlers.agent.permissions import CaseAct, topic_of
from handlers.context import Context, answer_press
from handlers.registry import agent_press
from locales import translator


@agent_press(r"asked_plan:(?P<answer>yes|no):(?P<case>[0-9]{1,15}):(?P<plan>[0-9]{1,15})")
async def settle(update: Update, context: Context) -> None:
    """A press below a card. Buttons can be forged, and pressed by anybody in the group."""
    await answer_press(update)
    query, match = update.callback_query, context.match
    if query is None or match is None or not isinstance(query.message, TelegramMessage):
        return
    message, parts = query.message, context.parts
    seat = await open_desktop(parts.db, query.from_user.id, message.chat_id, topic_of(message), message.message_id)
    if seat.agent is None or seat.case is None or str(seat.case.case_id) != match["case"]:
        return
    act = CaseAct(update, context, message, seat.agent, seat.case, translator(seat.language), on=seat.case)
    agreed, now = match["answer"] == "yes", parts.clock.now()
    desk, plan_id = parts.policies.current.desk, int(match["plan"])
    done = await asked_plans.settle(parts.db, desk, seat.case, seat.agent, plan_id, agreed, now)
    parts.desk_has_work.set()
    if isinstance(done, MayNot):
        await act.refuse(done)
        return
    if isinstance(done, NotAgreed):
        await act.answer(views.asked_no_more(act.t))
        return
    word = asked_plans.words_for_customer(done, seat.agent.name)
    told = await was_told(parts.db, act.on, word, now - ANSWERED_WITHIN) or await tell_customer(
        parts.db, parts.channel, act.on, act.agent, word, now
    )
    if done.result == "not_needed":
        await act.answer(views.asked_no_more(act.t))
    else:
        await act.answer(views.granted(act.t, told) if done.result == "granted" else views.refused(act.t, told))
