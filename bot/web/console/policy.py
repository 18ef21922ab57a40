"""Policy, for supervisors: the one in force and earlier versions, and a draft that is checked. Nothing is put in place
from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.rules.policy.archive import Kept
from bot.rules.policy.differences import TooLong
from bot.rules.policy.policy import NotAPolicyVersion, files_in
from bot.views.operations import policy_page as views
from bot.views.policy.policy import policy_words
from bot.web.console.access import Access, Refused, Visitor
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.work.operations.console_access import PATH
from bot.work.operations.policy_drafts import Checked, Workbench, between
from bot.work.runtime.parts import Parts

HERE = f"{PATH}/policy"
MOST_DRAFT_BYTES = 1 << 20  # as a form has it: a Chinese character is nine bytes
FAULTY = 422


def router(parts: Parts, access: Access) -> APIRouter:
    routes = APIRouter()
    bench = Workbench(parts)

    @routes.get("/policy")
    async def policy(request: Request) -> Response:
        visitor = _supervisor(await access.visitor(request))
        given = request.query_params
        kept = await bench.versions()
        compared = await _compared(kept, given.get("from", ""), given.get("to", ""))
        return _page(parts, visitor, request, {**_in_force(parts, visitor, kept), **compared})

    @routes.post("/policy")
    async def draft(request: Request) -> Response:
        visitor, fields = await access.posted(request, MOST_DRAFT_BYTES, "surrogateescape")
        _supervisor(visitor)
        text = fields.get("draft", "").replace("\r\n", "\n")
        checked = await bench.check(text)
        values = {"draft": text.encode(errors="replace").decode(), **_told(visitor, checked)}
        if checked.policy is not None:
            values |= await _differing({"policy": parts.in_force.configured.text}, {"policy": text})
        if checked.policy is not None and fields.get("look") == "days":
            try:
                both = await bench.beside(checked.policy)
                values["tables"] = [views.totals(visitor.t, *both), views.by_day(visitor.t, *both)]
            except TimeoutError:
                values["is_slow"] = True
        return _page(parts, visitor, request, values, 200 if checked.policy is not None else FAULTY)

    return routes


def _supervisor(visitor: Visitor) -> Visitor:
    if not visitor.is_supervisor:
        raise Refused("supervisors")
    return visitor


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
