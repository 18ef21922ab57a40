"""The customers behind a number of dead addresses on the page Operation."""

from __future__ import annotations

import re
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from bot.rules.channels import NAMES
from bot.views.cases.desk_words import channel_words, notice_reason_words
from bot.web.console.access import Access, Refused
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.operations.console_access import PATH
from bot.work.operations.dead_addresses import dead_as_csv, read_dead
from bot.work.runtime.parts import Parts

HERE = f"{PATH}/operation/dead"
REASON = re.compile(r"[a-z0-9_]{1,60}")
MOST_ID = 300


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)

    @routes.get("/operation/dead")
    async def dead(request: Request) -> Response:
        visitor = (await access.visitor(request)).must_see_all()
        (channel, reason), after = _asked(request), request.query_params.get("after", "")
        if len(after) > MOST_ID or not after.isprintable():
            raise Refused("no_page")
        found, more = await read_dead(parts.db, channel, reason, after)
        zone, t = ZoneInfo(parts.policies.current.desk.time_zone), visitor.t
        about = {
            "channel": channel_words(t, channel),
            "reason": notice_reason_words(t, reason),
            "rows": [(one, t.moment(one.since, zone)) for one in found],
            "more": f"{HERE}?{urlencode({'channel': channel, 'reason': reason, 'after': more})}" if more else "",
            "as_csv": f"{HERE}.csv?{urlencode({'channel': channel, 'reason': reason})}",
        }
        return page(t, "dead.html", {**frame(parts, visitor, request), **about})

    @routes.get("/operation/dead.csv")
    async def as_csv(request: Request) -> Response:
        (await access.visitor(request)).must_see_all()
        channel, reason = _asked(request)
        headers = {"Content-Disposition": f'attachment; filename="dead-{channel}-{reason}.csv"'}
        rows = dead_as_csv(parts.db, channel, reason)
        return StreamingResponse(rows, headers=headers, media_type="text/csv; charset=utf-8")

    return routes


def _asked(request: Request) -> tuple[str, str]:
    channel, reason = (request.query_params.get(name, "") for name in ("channel", "reason"))
    if channel not in NAMES or REASON.fullmatch(reason) is None:
        raise Refused("no_page")
    return channel, reason
