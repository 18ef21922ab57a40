"""What an agent agrees with a customer in a case's topic: `/promise`, `/plan`, `/hold`, `/dispute`.

The customer is told about each in their language, with the way to change it.
"""

from __future__ import annotations

from telegram import Message as TelegramMessage
from telegram import Update

from bot.message import Message
from bot.rules.agreements.agreed_terms import NotAgreed, is_dispute_answer
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.cases.who_may import MayNot
from bot.rules.customers.text_parsing import is_taken_back
from bot.views.agreements import agent_agreements, agent_disputes, customer_agreements, own_plans
from bot.views.lines import clipped
from bot.work.agreements import agent_agreements as work
from bot.work.agreements import dispute_answers, disputes, instalment_plans, promises_seen
from bot.work.agreements.customer_notices import ANSWERED_WITHIN, tell_customer, was_told
from bot.work.agreements.disputes import Disputed
from bot.work.cases.casework import open_desktop
from handlers.agent.permissions import CaseAct, in_open_case, topic_of
from handlers.context import Context, answer_press
from handlers.registry import agent_command, agent_press
from locales import translator


@agent_command("promise")
@in_open_case
async def promise(act: CaseAct) -> None:
    """`/promise AMOUNT DATE`, or `/promise cancel`."""
    parts, now, words = act.context.parts, act.context.parts.clock.now(), _words(act)
    if is_taken_back(words):
        await _taken_back(act, "promise", await work.cancel_promise(parts.db, act.on, act.agent, now))
        return
    desk = parts.policies.current.desk
    done = await work.promise(parts.db, desk, act.on, act.agent, words, now)
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "promise", done)
        return
    assert done.amount is not None, "a promise is of a sum"
    theirs = translator(done.facts.customer.spoken)
    message = customer_agreements.promise_noted(theirs, act.agent.name, done.amount, done.until, done.today)
    told = await _tell(act, message, again=done.again)
    await act.answer(agent_agreements.promised(act.t, done.amount, done.until, told))


@agent_command("hold")
@in_open_case
async def hold(act: CaseAct) -> None:
    """`/hold DAYS [reason]`, or `/hold cancel`."""
    parts, now, words = act.context.parts, act.context.parts.clock.now(), _words(act)
    if is_taken_back(words):
        await _taken_back(act, "hold", await work.cancel_hold(parts.db, act.on, act.agent, now))
        return
    done = await work.hold(parts.db, act.on, act.agent, words, now)
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "hold", done)
        return
    theirs = translator(done.facts.customer.spoken)
    message = customer_agreements.hold_noted(theirs, act.agent.name, done.until, done.today)
    told = await _tell(act, message, again=done.again)
    await act.answer(agent_agreements.held(act.t, done.until, told))


@agent_command("plan")
@in_open_case
async def plan(act: CaseAct) -> None:
    """`/plan N [FIRST_DATE] [every week|2 weeks|month]`, or `/plan cancel`. The agent sees it first, then it is sent to
    the customer."""
    parts, now, words = act.context.parts, act.context.parts.clock.now(), _words(act)
    if is_taken_back(words):
        withdrawn = await instalment_plans.withdraw(parts.db, act.on, act.agent, now)
        await _taken_back(act, "plan", withdrawn)
        if isinstance(withdrawn, Plan) and withdrawn.state != "proposed":
            theirs = translator(await instalment_plans.language_of(parts.db, withdrawn.customer_id))
            message = own_plans.end_by_agent(theirs, clipped(act.agent.name, 60), withdrawn.state)
            await _tell(act, message, again=True)
        return
    done = await instalment_plans.propose(parts.db, act.on, act.agent, words, now)
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "plan", done)
        return
    await act.answer(agent_agreements.proposed(act.t, done.plan, done.today))
    if not await _tell(
        act, customer_agreements.plan_proposed(translator(done.language), act.agent.name, done.plan, done.today)
    ):
        await instalment_plans.drop_unshown(parts.db, done.plan, now)
        await act.answer(agent_agreements.not_shown(act.t))


@agent_command("dispute")
@in_open_case
async def dispute(act: CaseAct) -> None:
    """`/dispute` lists what can be disputed, with buttons; `/dispute NUMBER` does it; `/dispute accept REASON` and
    `/dispute reject REASON` answer."""
    parts, now, which = act.context.parts, act.context.parts.clock.now(), _words(act)
    if not which:
        await _list_disputable(act)
        return
    if is_dispute_answer(which):
        await _answer_dispute(act, which)
        return
    done = await disputes.dispute_for(parts.db, parts.policies.current.desk, act.on, act.agent, which, now)
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "dispute", done)
    else:
        await _disputed(act, done)


async def _pressed(update: Update, context: Context) -> CaseAct | None:
    """Who pressed, on which case; None for a forged button, or a press of somebody in the group who is no agent."""
    await answer_press(update)
    query, match = update.callback_query, context.match
    if query is None or match is None or not isinstance(query.message, TelegramMessage):
        return None
    message, parts = query.message, context.parts
    about = message.reply_to_message.message_id if message.reply_to_message else None
    seat = await open_desktop(parts.db, query.from_user.id, message.chat_id, topic_of(message), about)
    if seat.agent is None or seat.case is None or str(seat.case.case_id) != match["case"]:
        return None
    return CaseAct(update, context, message, seat.agent, seat.case, translator(seat.language), on=seat.case)


@agent_press(r"promise_seen:(?P<case>[0-9]{1,15})")
async def seen(update: Update, context: Context) -> None:
    """A press under a promise that the customer made by themselves."""
    act = await _pressed(update, context)
    if act is None:
        return
    parts = context.parts
    done = await promises_seen.see(parts.db, parts.policies.current.desk, act.on, act.agent, parts.clock.now())
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "promise", done)
        return
    message = customer_agreements.promise_seen(translator(done.language), act.agent.name, done.until)
    told = await was_told(parts.db, act.on, message, done.since) or await _tell(act, message)
    await act.answer(agent_agreements.seen(act.t, done.until, told))


@agent_press(r"not_right:(?P<case>[0-9]{1,15}):(?P<key>[0-9a-f]{16})")
async def not_right(update: Update, context: Context) -> None:
    """A press in the list of instalments to dispute. Buttons can be forged, and pressed by anybody in the group."""
    act = await _pressed(update, context)
    if act is None or context.match is None:
        return
    parts = context.parts
    desk, key = parts.policies.current.desk, context.match["key"]
    done = await disputes.dispute_for(parts.db, desk, act.on, act.agent, key, parts.clock.now())
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "dispute", done)
    else:
        await _disputed(act, done)


async def _list_disputable(act: CaseAct) -> None:
    parts = act.context.parts
    found = await disputes.offer_to_agent(parts.db, act.on, act.agent, parts.clock.now())
    if isinstance(found, NotAgreed | MayNot):
        await _refuse(act, "dispute", found)
        return
    owed, today = found
    listed = [(each.key, each.instalment) for each in owed]
    await act.answer(agent_disputes.choose_instalment(act.t, act.on.case_id, listed, today))


async def _answer_dispute(act: CaseAct, words: str) -> None:
    parts, now = act.context.parts, act.context.parts.clock.now()
    done = await dispute_answers.answer(parts.db, act.on, act.agent, words, now)
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, "dispute", done)
        return
    theirs = translator(done.language)
    about = (done.instalment, done.today)
    message = (
        customer_agreements.dispute_accepted(theirs, act.agent.name, *about, done.reason, done.until)
        if done.is_wrong
        else customer_agreements.dispute_rejected(theirs, act.agent.name, *about, done.reason)
    )
    told = await _tell(act, message, again=True)
    await act.answer(agent_agreements.dispute_answered(act.t, *about, done.is_wrong, told))


async def _disputed(act: CaseAct, done: Disputed) -> None:
    assert done.instalment is not None and done.until is not None, "it was noted"
    theirs = translator(done.language)
    message = customer_agreements.dispute_noted(theirs, act.agent.name, done.instalment, done.today, done.until)
    told = await _tell(act, message, again=True)
    await act.answer(agent_agreements.dispute_noted(act.t, done.instalment, done.today, done.until, told))


async def _tell(act: CaseAct, message: Message, *, again: bool = False) -> bool:
    """Whether the customer was told: now, or (`again`: it may be said a second time, because of a kill) before."""
    parts, now = act.context.parts, act.context.parts.clock.now()
    parts.desk_has_work.set()
    if again and await was_told(parts.db, act.on, message, now - ANSWERED_WITHIN):
        return True
    return await tell_customer(parts.db, parts.channel, act.on, act.agent, message, now)


async def _taken_back(act: CaseAct, command: str, done: object) -> None:
    if isinstance(done, NotAgreed | MayNot):
        await _refuse(act, command, done)
        return
    act.context.parts.desk_has_work.set()
    await act.answer(agent_agreements.taken_back(act.t))


async def _refuse(act: CaseAct, command: str, why: NotAgreed | MayNot) -> None:
    if isinstance(why, MayNot):
        await act.refuse(why)
    else:
        await act.answer(agent_agreements.not_agreed(act.t, command, why))


def _words(act: CaseAct) -> str:
    """The text after the command."""
    return act.after_command
