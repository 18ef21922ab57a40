"""Duty and snoozes: going away and coming back, and letting a case rest until a day."""

from __future__ import annotations

from datetime import timedelta

from bot.rules.cases.snoozing import MOST_DAYS, NoDay
from bot.rules.cases.who_may import MayNot
from bot.rules.customers.text_parsing import is_taken_back
from bot.views.cases import desk_duty
from bot.work.cases import assignment, casework
from bot.work.cases.casework import Snoozed
from handlers.agent.acting import Act, CaseAct, for_agents, in_open_case
from handlers.registry import agent_command

EXAMPLE_AHEAD = timedelta(days=3)


@agent_command("away")
@for_agents
async def away(act: Act) -> None:
    """`/away`: no cases from now on; the agent's own cases go back to the queue after a while."""
    parts = act.context.parts
    shift = await assignment.go_away(parts.db, act.agent, parts.clock.now())
    await act.answer(desk_duty.away(act.t, shift.held, parts.policies.current.desk.away_return))


@agent_command("back")
@for_agents
async def back(act: Act) -> None:
    """`/back`: on duty again."""
    shift = await assignment.come_back(act.context.parts.db, act.agent)
    await act.answer(desk_duty.back(act.t, shift.held))


@agent_command("snooze")
@in_open_case
async def snooze(act: CaseAct) -> None:
    """`/snooze DATE`, with an optional time, or `/snooze off`: by the case's owner, a supervisor, or any agent if it
    has no owner."""
    parts, now = act.context.parts, act.context.parts.clock.now()
    words = act.after_command.split()
    if is_taken_back(" ".join(words)):
        await _snooze_off(act)
        return
    done = await casework.snooze(parts.db, act.on, act.agent, words, now)
    if isinstance(done, Snoozed):
        parts.desk_has_work.set()
        await act.answer(desk_duty.snoozed(act.t, done.until, done.zone))
    elif isinstance(done, NoDay):
        example = f"{(now + EXAMPLE_AHEAD).date().isoformat()} 10:00"
        await act.answer(desk_duty.snooze_usage(act.t, done.why, MOST_DAYS, example))
    else:
        await act.refuse(done)


async def _snooze_off(act: CaseAct) -> None:
    parts = act.context.parts
    done = await casework.snooze_off(parts.db, act.on, act.agent, parts.clock.now())
    if isinstance(done, MayNot):
        await act.refuse(done)
    elif done:
        parts.desk_has_work.set()
        await act.answer(desk_duty.snooze_ended(act.t))
    else:
        await act.answer(desk_duty.does_not_rest(act.t))
