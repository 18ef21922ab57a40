"""Policy, for supervisors: the one in force and earlier versions, a draft that is checked, and proposals, which another
supervisor decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.rules.policy.archive import Kept
from bot.rules.policy.differences import TooLong
from bot.rules.policy.policy import NotAPolicyVersion, Policy, files_in, policy_to_json
from bot.views.operations import policy_page as views
from bot.views.operations import policy_proposals as proposal_views
from bot.views.policy.policy import policy_words
from bot.web.console.access import Access, Refused, Visitor, number_in
from bot.web.console.cases import Told
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.operations.console_access import PATH
from bot.work.operations.policy_drafts import Checked, Workbench, between
from bot.work.policy.proposals import Decision, decide, propose, read_proposals
from bot.work.runtime.parts import Parts

HERE = f"{PATH}/policy"
MOST_DRAFT_BYTES = 1 << 20  # as a form has it: a Chinese character is nine bytes
FAULTY, CONFLICT, SEE_OTHER = 422, 409, 303
DECISIONS: tuple[Decision, ...] = get_args(Decision)


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
    bench, now = Workbench(parts), parts.clock.now

    @routes.get("/policy")
    async def policy(request: Request) -> Response:
        visitor = (await access.visitor(request)).must_supervise()
        given = request.query_params
        kept = await bench.versions()
        compared = await _compared(kept, given.get("from", ""), given.get("to", ""))
        values = {**_in_force(parts, visitor, kept), **compared, **await _proposals(parts, visitor)}
        if said := proposal_views.decided_words(visitor.t, given.get("said", "")):
            values["told"] = Told(said, is_good=True)
        return _page(parts, visitor, request, values)

    @routes.post("/policy")
    async def draft(request: Request) -> Response:
        visitor, fields = await access.posted(request, MOST_DRAFT_BYTES, "surrogateescape")
        visitor.must_supervise()
        text = fields.get("draft", "").replace("\r\n", "\n")
        checked = await bench.check(text)
        values = {"draft": text.encode(errors="replace").decode(), **_told(visitor, checked)}
        if checked.policy is not None:
            values |= await _differing({"policy": parts.in_force.configured.text}, {"policy": text})
        if checked.policy is not None and fields.get("look") == "propose":
            about = (parts.in_force.operators, checked.policy, visitor.agent, fields.get("why", ""), now())
            why = await propose(parts.db, *about, changed_lines=await _changed_lines(parts, checked.policy))
            if why is None:
                return RedirectResponse(f"{HERE}?said=proposed#proposal", SEE_OTHER)
            told = Told(proposal_views.not_proposed(visitor.t, why.reason), is_good=False)
            return _page(parts, visitor, request, {**values, "told": told, "why": fields.get("why", "")}, CONFLICT)
        if checked.policy is not None and fields.get("look") == "days":
            try:
                both = await bench.beside(checked.policy)
                values["tables"] = [views.totals(visitor.t, *both), views.by_day(visitor.t, *both)]
                values["calendar"] = views.calendar(visitor.t, *both)
                values["chart"] = views.chart(visitor.t, *both)
            except TimeoutError:
                values["is_slow"] = True
        return _page(parts, visitor, request, values, 200 if checked.policy is not None else FAULTY)

    @routes.post("/policy/check")
    async def verdict(request: Request) -> Response:
        """The faults and holes of a draft alone, for somebody who goes on typing."""
        visitor, fields = await access.posted(request, MOST_DRAFT_BYTES, "surrogateescape")
        visitor.must_supervise()
        checked = await bench.check(fields.get("draft", "").replace("\r\n", "\n"))
        return page(visitor.t, "verdict.html", {"checked": checked})

    @routes.post("/policy/decide")
    async def decided(request: Request) -> Response:
        visitor, fields = await access.posted(request)
        visitor.must_supervise()
        decision = next((known for known in DECISIONS if known == fields.get("decision")), None)
        number = number_in(fields.get("which", ""))
        if decision is None or number is None:
            raise Refused("wrong_form")
        about = (number, decision, visitor.agent, fields.get("reason", ""), now())
        why = await decide(parts.db, parts.in_force.operators, *about)
        if why is None:
            await parts.in_force.renew(parts.db, now())
            return RedirectResponse(f"{HERE}?said={decision}", SEE_OTHER)
        kept, told = await bench.versions(), Told(proposal_views.not_proposed(visitor.t, why.reason), is_good=False)
        values = {**_in_force(parts, visitor, kept), **await _proposals(parts, visitor), "told": told}
        return _page(parts, visitor, request, values, CONFLICT)

    return routes


def _page(
    parts: Parts, visitor: Visitor, request: Request, values: Mapping[str, object], status: int = 200
) -> Response:
    shown: dict[str, object] = {
        "here_path": HERE,
        "file": parts.in_force.configured.text,
        "draft": None,
        "checked": None,
        "words": "",
        "tables": [],
        "is_slow": False,
        "versions": [],
        "chosen": ("", ""),
        "diff": None,
        "is_long": False,
        "calendar": None,
        "chart": "",
        "proposal": None,
        "decided": [],
        "told": None,
        "why": "",
    }
    shown |= {"signs": views.SIGNS, "kinds": views.kind_words(visitor.t)}
    return page(visitor.t, "policy.html", {**frame(parts, visitor, request), **shown, **values}, status)


def _in_force(parts: Parts, visitor: Visitor, kept: Sequence[Kept]) -> dict[str, object]:
    current = parts.policies.current
    zone = ZoneInfo(current.desk.time_zone)
    chosen = (kept[1].version, kept[0].version) if len(kept) > 1 else ("", "")
    return {
        "words": policy_words(visitor.t, current, for_agents=True).text,
        "name": current.name,
        "version": current.version,
        "versions": views.versions(visitor.t, kept, current.version, zone),
        "zone": visitor.t.zone(zone),
        "chosen": chosen,
    }


def _told(visitor: Visitor, checked: Checked) -> dict[str, object]:
    if checked.policy is None:
        return {"checked": checked}
    words = policy_words(visitor.t, checked.policy, for_agents=True).text
    return {"checked": checked, "words": words, "name": checked.policy.name, "version": checked.policy.version}


async def _proposals(parts: Parts, visitor: Visitor) -> dict[str, object]:
    """What waits for a decision, with what it changes, and what was decided."""
    found = await read_proposals(parts.db, parts.in_force.operators)
    zone = ZoneInfo(parts.policies.current.desk.time_zone)
    shown: dict[str, object] = {"decided": [proposal_views.decided_line(visitor.t, one, zone) for one in found.decided]}
    if found.waiting is None:
        return shown
    waiting, changes = found.waiting, await _differing(_own_file(parts), files_in(found.waiting.source))
    lines = proposal_views.waiting(visitor.t, waiting, zone)
    is_own = waiting.proposed_by == visitor.agent.telegram_id
    about = {"number": waiting.proposal_id, "lines": lines, "is_own": is_own, "is_stale": found.is_stale}
    return {**shown, "proposal": {**about, "file": files_in(waiting.source)["policy"], **changes}}


def _own_file(parts: Parts) -> Mapping[str, str]:
    return files_in(policy_to_json(parts.in_force.configured))


async def _changed_lines(parts: Parts, draft: Policy) -> int | None:
    """How many lines a draft adds to the files in force or removes; None if they are too long to compare."""
    try:
        found = await between(_own_file(parts), files_in(policy_to_json(draft)))
    except TooLong:
        return None
    return sum(line.kind in ("added", "removed") for lines in found.values() for line in lines)


async def _compared(kept: Sequence[Kept], before: str, after: str) -> dict[str, object]:
    """What differs between two stored versions; nothing if one of them is not known."""
    sources = {one.version: one.source for one in kept}
    if before not in sources or after not in sources:
        return {}
    chosen = {"chosen": (before, after)}
    try:
        files = files_in(sources[before]), files_in(sources[after])
    except NotAPolicyVersion:
        return {**chosen, "is_long": True}
    return {**chosen, **await _differing(*files)}


async def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, object]:
    try:
        return {"diff": await between(before, after)}
    except TooLong:
        return {"is_long": True}
