"""The queue: what waits, taking a case, giving it back, closing it."""

from __future__ import annotations

from bot.rules.cases import OUTCOMES, Case
from bot.views import desk as views
from bot.work import casework
from handlers.agent.acting import Act, CaseAct, for_agents, in_open_case


@for_agents
async def show(act: Act) -> None:
    parts = act.context.parts
    rows, total = await casework.see_queue(parts.db, parts.clock.now())
    await act.answer(views.queue(act.t, rows, total))


@for_agents
async def take_next(act: Act) -> None:
    parts = act.context.parts
    case = await casework.claim_next(parts.db, act.agent, parts.clock.now(), act.update.update_id)
    if case is None:
        await act.answer(views.nothing_waits(act.t))
        return
    parts.desk_has_work.set()
    await act.answer(views.claimed(act.t, case.case_id, topic_link(case)))


@in_open_case
async def take(act: CaseAct) -> None:
    parts = act.context.parts
    case = await casework.claim(parts.db, act.on, act.agent, parts.clock.now())
    parts.desk_has_work.set()
    if case.owner_id == act.agent.telegram_id:
        await act.answer(views.taken_by_you(act.t))
    else:
        await act.answer(views.taken_by_other(act.t, case.owner_name or ""))


@in_open_case
async def release(act: CaseAct) -> None:
    parts = act.context.parts
    if await casework.release(parts.db, act.on, act.agent, parts.clock.now()):
        parts.desk_has_work.set()
        await act.answer(views.released(act.t))
    else:
        await act.answer(views.not_yours(act.t, act.on.owner_name or ""))


@in_open_case
async def done(act: CaseAct) -> None:
    """`/done OUTCOME`, by whoever holds the case, or by anyone while nobody does."""
    parts = act.context.parts
    words = (act.message.text or "").split()
    outcome = words[1].casefold() if len(words) == 2 else ""
    if outcome not in OUTCOMES:
        await act.answer(views.done_usage(act.t))
        return
    if act.on.owner_id not in (None, act.agent.telegram_id) and act.agent.role != "supervisor":
        await act.answer(views.not_yours(act.t, act.on.owner_name or ""))
        return
    closed = await casework.close(parts.db, act.on, act.agent, outcome, parts.clock.now())
    if closed is None:
        await act.answer(views.no_open_case(act.t))
        return
    await act.answer(views.done(act.t, outcome, closed.rests_until))
    parts.desk_has_work.set()


def topic_link(case: Case) -> str:
    """Where the case's topic opens; nothing while it has none. A supergroup's link leaves out the -100 of its id."""
    if case.topic != "open" or case.chat_id is None:
        return ""
    return f"https://t.me/c/{str(case.chat_id).removeprefix('-100')}/{case.thread_id}"
