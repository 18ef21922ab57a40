"""One case: its facts as of now, its talk, and its customer's whole story."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.rules.cases.case_thread import CaseThread
from bot.views.cases import console_case as views
from bot.web.console.access import Access, Refused, Visitor
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.work.cases.case_pages import see_case
from bot.work.operations.console_access import who_else_looks
from bot.work.outlook.customer_timeline import next_words, story
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts

MOST_NUMBER = 2**63


def router(parts: Parts, access: Access) -> APIRouter:
    routes = APIRouter()
    channels = channel_names(parts.settings)

    @routes.get("/cases/{number}")
    async def one(number: str, request: Request) -> Response:
        visitor = await access.visitor(request)
        return await case_page(parts, visitor, request, await seen(parts, number))

    @routes.get("/cases/{number}/story")
    async def whole(number: str, request: Request) -> Response:
        visitor = await access.visitor(request)
        case = (await seen(parts, number)).card.case
        now = parts.clock.now()
        told = await story(parts.db, parts.policies.current, case.customer_id, now, channels=channels)
        if told is None:
            raise Refused("no_case")
        return page(
            visitor.t,
            "story.html",
            {
                **frame(parts, visitor, request),
                "case_id": case.case_id,
                "story": told,
                "coming": [next_words(each, told.zone) for each in told.next],
            },
        )

    return routes


async def seen(parts: Parts, number: str) -> CaseThread:
    """The case with this number; raises `Refused`."""
    known = number.isascii() and number.isdigit() and int(number[:20]) < MOST_NUMBER
    found = await see_case(parts.db, parts.policies.current, int(number), parts.clock.now()) if known else None
    if found is None:
        raise Refused("no_case")
    return found


async def case_page(parts: Parts, visitor: Visitor, request: Request, shown: CaseThread) -> Response:
    now, zone = parts.clock.now(), ZoneInfo(parts.policies.current.desk.time_zone)
    others = await who_else_looks(parts.db, visitor.session, shown.card.case.case_id, now)
    return page(
        visitor.t,
        "case.html",
        {
            **frame(parts, visitor, request),
            "case": views.case(visitor.t, shown, zone, now),
            "others": visitor.t.joined(other.name for other in others) if others else "",
        },
    )
