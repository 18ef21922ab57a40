"""`/genuine`: the code by which the customer knows that it is an agent. `/calling`: their chat says who calls."""

from __future__ import annotations

from bot.rules.cases.who_may import MayNot
from bot.views.cases import contact_disclosure as contact_views
from bot.views.cases import genuine as views
from bot.work.cases import announced_calls
from bot.work.cases.announced_calls import Line, NoCall
from bot.work.cases.contact_disclosure import TooOften
from handlers.agent.permissions import CaseAct, in_open_case
from handlers.registry import agent_command


@agent_command("genuine")
@in_open_case
async def show(act: CaseAct) -> None:
    parts = act.context.parts
    found = await announced_calls.codes(parts.db, parts.policies, act.on, act.agent, parts.clock.now())
    if isinstance(found, MayNot):
        await act.refuse(found)
    elif isinstance(found, TooOften):
        await _too_often(act, found)
    else:
        await act.answer(views.codes(act.t, found.now, found.before, found.zone))


@agent_command("calling")
@in_open_case
async def calling(act: CaseAct) -> None:
    parts = act.context.parts
    line = Line(parts.db, parts.policies, parts.settings, parts.channel)
    done = await announced_calls.announce(line, act.on, act.agent, parts.clock.now())
    if isinstance(done, MayNot):
        await act.refuse(done)
    elif isinstance(done, TooOften):
        await _too_often(act, done)
    elif isinstance(done, NoCall):
        await act.answer(views.no_call(act.t, done.why, done.verdict, done.zone))
    elif done.arrived:
        await act.answer(views.announced(act.t, done.code, done.zone))
    else:
        await act.answer(views.not_arrived(act.t))


async def _too_often(act: CaseAct, found: TooOften) -> None:
    zone = act.context.parts.policies.current.desk.time_zone
    await act.answer(contact_views.too_often(act.t, found.shown, found.again, zone))
