"""Agents: who there is, who is away, and which cases each may take, which supervisors set."""

from __future__ import annotations

import secrets
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.rules.cases.agent_limits import WrongLimits, read_limits
from bot.views.operations import agents as views
from bot.web.console.access import Access, Visitor, number_in
from bot.web.console.cases import ONCE_BYTES, Told
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.acting_outside import NotDone
from bot.work.cases.agent_limits import Colleague, colleagues, limits_of, set_limits
from bot.work.operations.console_access import PATH
from bot.work.operations.console_forms import DoneBefore, OfForm
from bot.work.runtime.parts import Parts

HERE = f"{PATH}/agents"
OK, SEE_OTHER, CONFLICT = 200, 303, 409


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)

    @routes.get("/agents")
    async def listed(request: Request) -> Response:
        return await _page(parts, (await access.visitor(request)).must_see_all(), request)

    @routes.post("/agents/{number}")
    async def limits(number: str, request: Request) -> Response:
        visitor, fields = await access.posted(request)
        visitor.must_supervise()
        given = (fields.get(name, "") for name in ("languages", "products", "segments", "most_cases"))
        wanted, now = read_limits(*given), parts.clock.now()
        if isinstance(wanted, WrongLimits):
            return await _page(parts, visitor, request, Told(views.not_changed(visitor.t, wanted), is_good=False))
        order = OfForm(visitor.session, fields.get("once", ""), now)
        try:
            done = await set_limits(parts.db, number_in(number) or 0, wanted, now, by=visitor.agent, order=order)
        except DoneBefore:
            return RedirectResponse(HERE, SEE_OTHER)
        if isinstance(done, NotDone):
            return await _page(parts, visitor, request, Told(views.not_changed(visitor.t, None), is_good=False))
        return RedirectResponse(f"{HERE}?said={done.telegram_id}", SEE_OTHER)

    return routes


async def _page(parts: Parts, visitor: Visitor, request: Request, told: Told | None = None) -> Response:
    desk, t = parts.policies.current.desk, visitor.t
    zone = ZoneInfo(desk.time_zone)
    found = await colleagues(parts.db, desk, parts.clock.now())
    said = request.query_params.get("said", "")
    changed = next((one.agent for one in found if str(one.agent.telegram_id) == said), None)
    if told is None and changed is not None:
        told = Told(views.changed(t, changed.name), is_good=True)
    about: dict[str, object] = {"agents": [_view(visitor, one, zone) for one in found], "told": told, "here_path": HERE}
    about["once"] = secrets.token_urlsafe(ONCE_BYTES)
    status = CONFLICT if told is not None and not told.is_good else OK
    return page(t, "agents.html", {**frame(parts, visitor, request), **about}, status)


def _view(visitor: Visitor, one: Colleague, zone: ZoneInfo) -> views.AgentView:
    agent = one.agent
    known = (
        agent.telegram_id,
        agent.name,
        agent.is_supervisor,
        one.held,
        limits_of(agent),
        agent.shifts,
        agent.away_since,
    )
    return views.agent(visitor.t, views.AgentFacts(*known, one.absences), zone)
