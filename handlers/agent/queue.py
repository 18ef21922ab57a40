"""The queue: listing cases, taking one, giving it back, closing it."""

from __future__ import annotations

import re

from bot.rules.cases.case import Case
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.cases.who_may import MayNot
from bot.views.cases import desk as views
from bot.views.cases import desk_duty, desk_queue
from bot.work.acting import Refusal
from bot.work.cases import assignment, casework
from bot.work.cases.agent_notices import tell_agents
from bot.work.cases.queue import see_queue
from handlers.agent.permissions import Act, CaseAct, for_agents, once_in_open_case
from handlers.registry import agent_command

NUMBER = re.compile(r"#?([0-9]{1,15})")


@agent_command("queue")
@for_agents
async def show(act: Act) -> None:
    """`/queue`: the waiting cases, most urgent first, and why."""
    parts = act.context.parts
    seen = await see_queue(parts.db, parts.policies.current.desk, act.agent, parts.clock.now())
    await act.answer_soon(desk_queue.queue(act.t, seen))


@agent_command("next")
@for_agents
async def take_next(act: Act) -> None:
    """`/next`: the most urgent case that fits the agent."""
    parts, now = act.context.parts, act.context.parts.clock.now()
    desk = parts.policies.current.desk
    try:
        case = await casework.claim_next(parts.db, act.agent, now, act.update.update_id, desk)
    except Refusal as refusal:
        await act.answer_soon(desk_duty.may_not_take(act.t, refusal.why))
        return
    if case is not None:
        parts.desk_has_work.set()
        await act.answer_soon(desk_queue.claimed(act.t, case.case_id, desk_queue.case_url(case)))
    elif others := await casework.wait_for_others(parts.db, act.agent):
        await act.answer_soon(desk_queue.others_wait(act.t, others))
    else:
        await act.answer_soon(desk_queue.nothing_waits(act.t))


@agent_command("take")
@for_agents
async def take(act: Act) -> None:
    """`/take` in a topic: its case, if that has no owner; `/take NUMBER` anywhere: that case."""
    parts = act.context.parts
    wanted = await _numbered(act) or act.case
    if wanted is None or not wanted.is_open:
        await act.answer(views.not_a_case(act.t) if wanted is None else views.no_open_case(act.t))
        return
    try:
        case = await casework.claim(parts.db, wanted, act.agent, parts.clock.now())
    except Refusal as refusal:
        await act.answer(desk_duty.may_not_take(act.t, refusal.why))
        return
    parts.desk_has_work.set()
    if case.owner_id != act.agent.telegram_id:
        await act.answer(views.taken_by_other(act.t, case.owner_name or ""))
    elif act.case is not None and act.case.case_id == case.case_id:
        await act.answer(views.taken_by_you(act.t))
    else:
        await act.answer_soon(desk_queue.claimed(act.t, case.case_id, desk_queue.case_url(case)))


@agent_command("open")
@for_agents
async def show_case(act: Act) -> None:
    """`/open NUMBER`: opens the topic of a case that only waits, for a look at it."""
    case = await _numbered(act)
    if case is None:
        await act.answer(desk_queue.no_such_case(act.t))
        return
    if case.topic == "none":
        await casework.want_topic(act.context.parts.db, case)
        act.context.parts.desk_has_work.set()
    await act.answer_soon(desk_queue.opened(act.t, case.case_id, desk_queue.case_url(case)))


async def _numbered(act: Act) -> Case | None:
    """The open case whose number is written after the command."""
    found = NUMBER.fullmatch(act.after_command)
    return None if found is None else await casework.open_case(act.context.parts.db, int(found[1]))


@agent_command("release")
@once_in_open_case
async def release(act: CaseAct) -> None:
    """`/release`: back to the queue, by its owner or a supervisor."""
    parts = act.context.parts
    if await casework.release(parts.db, act.on, act.agent, parts.clock.now()):
        parts.desk_has_work.set()
        await act.answer(views.released(act.t))
    else:
        await act.answer(views.not_yours(act.t, act.on.owner_name or ""))


@agent_command("transfer")
@once_in_open_case
async def transfer(act: CaseAct) -> None:
    """`/transfer NAME`, by its owner or a supervisor."""
    parts = act.context.parts
    given = await assignment.transfer(parts.db, act.on, act.agent, act.after_command, parts.clock.now())
    if given.result == "given":
        parts.desk_has_work.set()
        await act.answer(desk_duty.transferred(act.t, given.to, given.over_limit))
        await tell_agents(parts.db, parts.channel)
        return
    answers = {
        "unknown": lambda: desk_duty.transfer_usage(act.t, given.names),
        "away": lambda: desk_duty.is_away(act.t, given.to),
        "theirs": lambda: desk_duty.has_it_already(act.t, given.to),
        "not_yours": lambda: views.not_yours(act.t, given.to),
        "changed": lambda: desk_duty.somebody_was_quicker(act.t),
    }
    await act.answer(answers[given.result]())


@agent_command("done")
@once_in_open_case
async def done(act: CaseAct) -> None:
    """`/done OUTCOME`, by the case's owner, or by any agent if it has none."""
    parts = act.context.parts
    outcome = next((known for known in OUTCOMES if known == act.after_command.casefold()), None)
    if outcome is None:
        await act.answer(views.done_usage(act.t))
        return
    closed = await casework.close(parts.db, act.on, act.agent, outcome, parts.clock.now())
    if isinstance(closed, MayNot):
        await act.refuse(closed)
        return
    await act.answer(views.done(act.t, outcome, closed.rests_until))
    parts.desk_has_work.set()
