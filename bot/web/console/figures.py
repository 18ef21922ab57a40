"""Supervisors' figures: at a glance, as charts, each with its table, and as files to keep."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.rules.operations.figures import Part
from bot.rules.operations.periods import BY, By
from bot.views.operations import figure_panels as views
from bot.views.operations import figure_panels_of_answers as answers
from bot.views.operations import figure_panels_of_debts as debts
from bot.views.operations import figure_panels_of_guarantee as guarantee
from bot.views.operations import figure_panels_of_now as of_now
from bot.views.operations import figure_panels_of_work as work
from bot.views.operations.chart_colours import DARK, LIGHT, Ground
from bot.views.operations.chart_drawing import LARGE
from bot.views.operations.chart_pictures import on_page
from bot.views.operations.figure_panels import SECTIONS, Panel, Section, Tile
from bot.web.console.access import Access, Refused, Visitor
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.facts.export import cell
from bot.work.operations.charts import Pictures
from bot.work.operations.console_access import PATH
from bot.work.operations.desk_now import read_now
from bot.work.operations.figure_readings import FORECAST_DAYS, FigureReadings
from bot.work.operations.figures import read_silent
from bot.work.runtime.parts import Parts
from locales import Translator

T = TypeVar("T")

HERE = f"{PATH}/figures"
DAYS = (7, 30, 90, 365)
USUAL = 30
MOST_ROWS = 35  # of a table that is on the page at once; a longer one is fetched as it is opened
FIRST: Section = "now"
OVER_TIME: Mapping[Section, frozenset[Part]] = {
    "now": frozenset({"evenings"}),
    "debts": frozenset({"debts"}),
    "cases": frozenset({"work"}),
    "answers": frozenset({"work"}),
    "ratings": frozenset({"work"}),
    "messages": frozenset({"work"}),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures, of how many days, cut by what."""

    section: Section
    days: int
    by: By

    @property
    def query(self) -> str:
        return f"days={self.days}&by={self.by}"


@dataclass(frozen=True, slots=True)
class Found:
    tiles: Sequence[Tile]
    panels: Sequence[Panel]
    since: date
    until: date


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
    readings, pictures = FigureReadings(parts), Pictures()

    @routes.get("/figures.csv")
    async def file(request: Request) -> Response:
        (await access.visitor(request)).must_see_all()
        asked = _asked(FIRST, request.query_params)
        found = await _in_time(readings.figures(asked.days, asked.by, frozenset(("evenings", "debts", "work"))))
        return _csv(views.csv_rows(found), f"figures-{asked.days}-days-by-{asked.by}.csv")

    @routes.get("/figures")
    async def first(request: Request) -> Response:
        return await figures(request, FIRST)

    @routes.get("/figures/{section}")
    async def figures(request: Request, section: str) -> Response:
        visitor = (await access.visitor(request)).must_see_all()
        asked = _asked(section, request.query_params)
        try:
            found = await _read(parts, readings, visitor.t, asked)
        except TimeoutError:
            found = None
        return _page(parts, visitor, request, asked, found)

    @routes.get("/figures/{section}/{name}")
    async def panel(request: Request, section: str, name: str) -> Response:
        """One figure by itself, larger, or as a file."""
        visitor = (await access.visitor(request)).must_see_all()
        t, asked = visitor.t, _asked(section, request.query_params)
        key, _, suffix = name.partition(".")
        found = await _in_time(_read(parts, readings, t, asked))
        one = next((each for each in found.panels if each.key == key), None)
        if one is None or suffix not in ("", "csv", "png"):
            raise Refused("no_page")
        if suffix == "csv":
            return _csv(rows_of(one), f"{key}-{asked.days}-days-by-{asked.by}.csv", is_for_people=True)
        if suffix == "png":
            ground = DARK if request.query_params.get("ground") == "dark" else LIGHT
            return await _picture(t, pictures, one, found, ground)
        return _page(parts, visitor, request, asked, found, one)

    return routes


async def _in_time(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except TimeoutError:
        raise Refused("slow") from None


def _asked(section: str, given: Mapping[str, str]) -> Asked:
    """For how many days, and cut by what; what is not offered is the usual one."""
    known = next((each for each in SECTIONS if each == section), None)
    if known is None:
        raise Refused("no_page")
    days = next((offered for offered in DAYS if str(offered) == given.get("days")), USUAL)
    usual: By = "day" if days <= USUAL else "week"
    return Asked(known, days, next((offered for offered in BY if offered == given.get("by")), usual))


async def _read(parts: Parts, readings: FigureReadings, t: Translator, asked: Asked) -> Found:
    now, desk = parts.clock.now(), parts.policies.current.desk
    zone = ZoneInfo(desk.time_zone)
    if asked.section == "ahead":
        coming = await readings.forecast()
        first = coming.days[0].day if coming.days else now.astimezone(zone).date()
        last = first + timedelta(days=FORECAST_DAYS - 1)
        return Found(of_now.ahead_tiles(t, coming), of_now.of_ahead(t, coming), first, last)
    figures = await readings.figures(asked.days, asked.by, OVER_TIME[asked.section])
    since, until = figures.done.period.first, figures.done.period.last
    match asked.section:
        case "now":
            state = await read_now(parts.db, desk, now)
            tiles = [*of_now.now_tiles(t, state, now, zone), *guarantee.guarantee_tiles(t, figures)]
            silent = await read_silent(parts.db, figures.done.period) if figures.done.coverage.causes else []
            return Found(tiles, [*of_now.of_now(t, state), *guarantee.of_guarantee(t, figures, silent)], since, until)
        case "debts":
            return Found(debts.debts_tiles(t, figures), debts.of_debts(t, figures), since, until)
        case "cases":
            return Found(work.cases_tiles(t, figures), work.of_cases(t, figures), since, until)
        case "answers":
            return Found(answers.answers_tiles(t, figures), answers.of_answers(t, figures), since, until)
        case "ratings":
            return Found(answers.ratings_tiles(t, figures), answers.of_ratings(t, figures), since, until)
        case "messages":
            return Found(work.messages_tiles(t, figures), work.of_messages(t, figures), since, until)


def _page(
    parts: Parts, visitor: Visitor, request: Request, asked: Asked, found: Found | None, one: Panel | None = None
) -> Response:
    t = visitor.t
    panels = [] if found is None else [one] if one else found.panels
    shown: dict[str, object] = {
        "asked": asked,
        "sections": [(each, views.section_words(t, each)) for each in SECTIONS],
        "title": one.title if one else views.section_words(t, asked.section),
        "choices": DAYS,
        "found": found,
        "one": one,
        "panels": [_shown(t, panel, whole=one is not None) for panel in panels],
        "since": t.date(found.since) if found else "",
        "until": t.date(found.until) if found else "",
        "here_path": HERE,
    }
    return page(t, "figures.html", {**frame(parts, visitor, request), **shown})


def _shown(t: Translator, panel: Panel, *, whole: bool) -> dict[str, object]:
    """As the template needs it. `whole`: alone on its page, larger where there is room."""
    chart = on_page(t, panel.chart, panel.key, panel.title) if panel.chart else ""
    large = on_page(t, panel.chart, f"{panel.key}-large", panel.title, LARGE) if panel.chart and whole else ""
    is_long = len(panel.rows) > MOST_ROWS and not whole
    rows = [] if is_long else [[views.cell_words(t, each) for each in row] for row in panel.rows]
    is_words = all(isinstance(row[-1], str) for row in panel.rows)
    return {"of": panel, "chart": chart, "large": large, "is_long": is_long, "rows": rows, "is_words": is_words}


async def _picture(t: Translator, pictures: Pictures, panel: Panel, found: Found, ground: Ground) -> Response:
    picture = views.picture(t, panel, found.since, found.until)
    if picture is None:
        raise Refused("no_page")
    content = await pictures.drawn(t, picture, ground)
    headers = {"Content-Disposition": f'attachment; filename="{panel.key}-{found.since}-{found.until}.png"'}
    return Response(content, headers=headers, media_type="image/png")


def rows_of(panel: Panel) -> Iterable[Sequence[str]]:
    """A figure's table as cells of a file; some heads are agents' names."""
    return ([cell(views.plain_cell(value)) for value in row] for row in (panel.head, *panel.rows))


def _csv(rows: Iterable[Sequence[object]], name: str, *, is_for_people: bool = False) -> Response:
    """`is_for_people`: with the mark by which spreadsheets know that it is UTF-8."""
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    content = ("\ufeff" if is_for_people else "") + written.getvalue()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")
