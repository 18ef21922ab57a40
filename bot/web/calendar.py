"""`/calendar/….ics`: a customer's calendar for their calendar program. 410 after it has ended, so that programs stop
asking."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from bot.web.lazy_routes import LazyRouter
from bot.work.outlook.calendars import PATH, calendar_at
from bot.work.runtime.parts import Parts
from locales import translator

HEADERS = {"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def router(parts: Parts) -> APIRouter:
    routes = LazyRouter()

    @routes.get(PATH + "/{token}.ics")
    async def calendar(token: str) -> Response:
        # Here, because the library takes 3 MB of memory, and few ask for a calendar.
        from bot.views.customers.calendar_file import FILE_NAME, calendar_file

        now = parts.clock.now()
        try:
            found = await calendar_at(parts.db, token, now)
        except LookupError:
            return PlainTextResponse("There is no such calendar.\n", 404, HEADERS)
        if found is None:
            return PlainTextResponse("This calendar has ended. The bot can make a new address.\n", 410, HEADERS)
        t = translator(found.customer.spoken)
        file = calendar_file(t, parts.settings.brand, found.present, found.entries, found.uids, found.with_sums, now)
        headers = {**HEADERS, "Content-Disposition": f'inline; filename="{FILE_NAME}"'}
        return Response(file, media_type="text/calendar; charset=utf-8", headers=headers)

    return routes
