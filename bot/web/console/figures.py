"""Supervisors' figures: at a glance, as a chart, as tables, and as a file for a spreadsheet."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.fonts import FAMILY
from bot.rules.operations.figures import FieldFigures
from bot.rules.operations.periods import BY, By, Period
from bot.views.operations import figures_page as views
from bot.web.console.access import Access, Refused, Visitor
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.work.operations.charts import as_png
from bot.work.operations.figures import read_figures, usual_period
from bot.work.runtime.parts import Parts

DAYS = (7, 30, 90, 365)
USUAL = 30


def router(parts: Parts, access: Access) -> APIRouter:
    routes = APIRouter()

    @routes.get("/figures")
    async def figures(request: Request) -> Response:
        visitor = await _who_sees_all(access, request)
        days, by = _asked(request.query_params)
        found = await _read(parts, days, by)
        t = visitor.t
        return page(
            t,
            "figures.html",
            {
                **frame(parts, visitor, request),
                "days": days,
                "by": by,
                "choices": DAYS,
                "tiles": views.tiles(t, found),
                "chart": views.coverage_chart(t, found),
                "states": views.state_words(t),
                "coverage": views.coverage_table(t, found),
                "tables": views.tables(t, found),
                "since": t.date(found.done.period.first),
                "until": t.date(found.done.period.last),
            },
        )

    @routes.get("/figures.csv")
    async def file(request: Request) -> Response:
        await _who_sees_all(access, request)
        days, by = _asked(request.query_params)
        written = io.StringIO()
        csv.writer(written).writerows(views.csv_rows(await _read(parts, days, by)))
        headers = {"Content-Disposition": f'attachment; filename="figures-{days}-days-by-{by}.csv"'}
        return Response(written.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")

    @routes.get("/figures.png")
    async def picture(request: Request) -> Response:
        """The chart, on light or dark ground."""
        visitor = await _who_sees_all(access, request)
        days, by = _asked(request.query_params)
        ground = views.DARK if request.query_params.get("ground") == "dark" else views.LIGHT
        document = views.coverage_picture(visitor.t, await _read(parts, days, by), ground, FAMILY)
        if not document:
            raise Refused("no_page")
        headers = {"Content-Disposition": f'attachment; filename="coverage-{days}-days-by-{by}.png"'}
        return Response(await asyncio.to_thread(as_png, document), headers=headers, media_type="image/png")

    return routes


async def _who_sees_all(access: Access, request: Request) -> Visitor:
    visitor = await access.visitor(request)
    if not visitor.sees_all:
        raise Refused("supervisors")
    return visitor


def _asked(given: Mapping[str, str]) -> tuple[int, By]:
    """For how many days, and cut by what; what is not offered is the usual one."""
    days = next((known for known in DAYS if str(known) == given.get("days")), USUAL)
    usual: By = "day" if days <= USUAL else "week"
    return days, next((known for known in BY if known == given.get("by")), usual)


async def _read(parts: Parts, days: int, by: By) -> FieldFigures:
    policy, now = parts.policies.current, parts.clock.now()
    last = usual_period(policy, now).last
    return await read_figures(parts.db, policy, Period(last - timedelta(days=days - 1), last), now, by)
