"""Duty and snoozes: shifts, going away and coming back, an absent agent's cases, and letting a case rest."""

from __future__ import annotations

from datetime import timedelta

from telegram import Update

from bot.message import Message
from bot.rules.cases.absences import NoAbsence
from bot.rules.cases.bulk_changes import NotBulk
from bot.rules.cases.shifts import NoShifts
from bot.rules.cases.snoozes import MOST_DAYS, NoDay
from bot.rules.cases.who_may import MayNot
from bot.rules.customers.text_parsing import is_taken_back
from bot.views.cases import bulk_changes as bulk_views
from bot.views.cases import desk as desk_views
from bot.views.cases import desk_duty
from bot.views.cases import duty as views
from bot.views.operations.desk_statistics import supervisors_only
from bot.work.cases import assignment, bulk_changes, casework
from bot.work.cases import duty as work
from bot.work.cases.agent_notices import tell_agents
from bot.work.cases.bulk_changes import Done
from bot.work.cases.case_cards import agent_language
from bot.work.cases.casework import Snoozed
from bot.work.cases.duty import AwayThen, OnDuty, WhoseDuty
from handlers.agent.permissions import Act, CaseAct, for_agents, once_in_open_case
from handlers.context import Context, answer_press
from handlers.registry import agent_command, agent_press
from locales import Translator, translator

EXAMPLE_AHEAD = timedelta(days=3)


@agent_command("away")
@for_agents
async def away(act: Act) -> None:
    """`/away`: no cases from now on; the agent's own cases go back to the queue after a while. `/away DAYS`: on those
    days; `/away NAME DAYS` by a supervisor."""
    parts = act.context.parts
    if act.after_command:
        await _absent(act)
        return
    shift = await assignment.go_away(parts.db, act.agent, parts.clock.now())
    await act.answer(desk_duty.away(act.t, shift.held, parts.policies.current.desk.away_return))


async def _absent(act: Act) -> None:
    parts, now = act.context.parts, act.context.parts.clock.now()
    done = await work.set_absence(parts.db, act.agent, act.after_command, parts.policies.current.desk, now)
    if isinstance(done, NoAbsence):
        await act.answer(views.absence_refused(act.t, done))
    elif isinstance(done, AwayThen):
        await act.answer(views.away_then(act.t, done.name, done.then))
    else:
        await _answer(act, done)


@agent_command("shift")
@for_agents
async def shift(act: Act) -> None:
    """`/shift DAYS TIMES`: when the agent is there; without words, how it is. `/shift NAME …` by a supervisor."""
    parts, now = act.context.parts, act.context.parts.clock.now()
    done = await work.set_shifts(parts.db, act.agent, act.after_command, parts.policies.current.desk, now)
    if isinstance(done, NoShifts):
        await act.answer(views.shift_refused(act.t, done))
    else:
        await _answer(act, done)


async def _answer(act: Act, done: OnDuty | WhoseDuty) -> None:
    if isinstance(done, WhoseDuty):
        await act.answer(views.whose(act.t, done.names))
    else:
        held = done.held if act.agent.is_supervisor else 0
        await act.answer(views.on_duty(act.t, done.agent_id, done.name, done.shifts, done.absences, held))


@agent_command("reassign")
@for_agents
async def reassign(act: Act) -> None:
    """`/reassign NAME [COLLEAGUE]`: all open cases of an absent agent, by a supervisor."""
    if not act.agent.is_supervisor:
        await act.answer(supervisors_only(act.t))
        return
    parts, zone = act.context.parts, act.context.parts.policies.current.desk.time_zone
    done = await bulk_changes.reassign(parts.db, act.agent, act.after_command, zone, parts.clock.now())
    if not isinstance(done, NotBulk):
        await act.answer(await _reassigned(act.context, act.t, done))
    elif done.fault == "usage":
        await act.answer(views.reassign_usage(act.t))
    else:
        await act.answer(bulk_views.move_refused(act.t, done))


async def _reassigned(context: Context, t: Translator, done: Done) -> Message:
    """Tells everybody concerned; returns what the supervisor is told."""
    parts = context.parts
    if not done.count:
        return views.nothing_to_reassign(t)
    parts.desk_has_work.set()
    await tell_agents(parts.db, parts.channel)
    return bulk_views.done(t, done.bulk, done.count, done.to_name)


@agent_press(r"duty:(?P<do>off|queue):(?P<agent>[0-9]{1,15})")
async def press(update: Update, context: Context) -> None:
    """Below what is said of an agent's duty: takes coming absences back, or gives their cases to the queue."""
    query, match, parts = update.callback_query, context.match, context.parts
    assert query is not None, "a button was pressed"
    who = await casework.agent_of(parts.db, query.from_user.id)
    t, now = translator(agent_language([who]) if who else "en"), parts.clock.now()
    if who is None or match is None:
        await answer_press(update, desk_views.agents_only(t, query.from_user.id).plain())
    elif match["do"] == "queue" and who.is_supervisor:
        desk = parts.policies.current.desk
        done = await bulk_changes.reassign_all_of(parts.db, who, int(match["agent"]), desk.time_zone, now)
        said = views.is_back(t) if done is None else await _reassigned(context, t, done)
        await answer_press(update, said.plain())
    elif match["do"] == "off" and await work.take_back(parts.db, who, int(match["agent"]), now):
        await answer_press(update, views.taken_back(t).plain())
    else:
        await answer_press(update, views.whose(t, ()).plain())


@agent_command("back")
@for_agents
async def back(act: Act) -> None:
    """`/back`: on duty again."""
    shift = await assignment.come_back(act.context.parts.db, act.agent, act.context.parts.clock.now())
    await act.answer(desk_duty.back(act.t, shift.held))


@agent_command("snooze")
@once_in_open_case
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
