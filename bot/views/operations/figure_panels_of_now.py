"""Panels of this moment, and of the days to come: what waits, who has how much, and what will be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.rules.channels import NAMES as CHANNELS
from bot.rules.operations.desk_now import DeskNow, Load
from bot.rules.outlook.forecast import Forecast, ForecastDay
from bot.views.cases.desk_words import channel_words, reason_words
from bot.views.operations.chart_colours import THINGS
from bot.views.operations.charts import Chart, Series
from bot.views.operations.figure_panels import Panel, Tile
from bot.views.operations.numbers import number, percent
from locales import Translator

MOST_BARS = 15  # in a chart; the table has them all
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def now_tiles(t: Translator, desk: DeskNow, now: datetime, zone: ZoneInfo) -> list[Tile]:
    waiting = desk.waiting
    since = waiting.oldest_since
    oldest = "–" if since is None else waited(t, now - since)
    note = (
        ""
        if since is None
        else t.plain("#{number}, since {when}", number=waiting.oldest_case, when=t.moment(since, zone))
    )
    oldest_case = f"/cases/{waiting.oldest_case}" if since is not None else ""
    resting = t.plain("{n} rest", n=number(t, waiting.snoozed))
    somebody = None if desk.on_duty or not waiting.waiting else False
    return [
        Tile(t.plain("Waiting"), number(t, waiting.waiting), leads_to="?tab=waiting"),
        Tile(t.plain("Waiting longest"), oldest, note, leads_to=oldest_case),
        Tile(t.plain("Late"), number(t, waiting.late), "", waiting.late == 0, leads_to="?tab=late"),
        Tile(t.plain("With agents"), number(t, waiting.claimed), resting, leads_to="?tab=open"),
        Tile(t.plain("On duty"), number(t, desk.on_duty), t.plain("of {n}", n=number(t, len(desk.loads))), somebody),
    ]


def waited(t: Translator, span: timedelta) -> str:
    """How long, in the largest whole unit."""
    if span >= DAY:
        return t.plural("{n} day", "{n} days", span // DAY)
    if span >= HOUR:
        return t.plural("{n} hour", "{n} hours", span // HOUR)
    return t.plural("{n} minute", "{n} minutes", max(0, span // timedelta(minutes=1)))


def of_now(t: Translator, desk: DeskNow) -> list[Panel]:
    return [_loads(t, desk.loads), _waiting(t, desk.waiting_for)]


def _loads(t: Translator, loads: Sequence[Load]) -> Panel:
    shown = loads[:MOST_BARS]
    parts = (
        Series(t.plain("in time"), tuple(each.in_time for each in shown), "c1"),
        Series(t.plain("late"), tuple(each.late for each in shown), "c2"),
        Series(t.plain("resting"), tuple(each.resting for each in shown), "c6"),
    )
    words = (*(each.name for each in parts), t.plain("on duty"))
    return Panel(
        "load",
        t.plain("Cases by agent"),
        Chart("bars", tuple(_name(t, each) for each in shown), parts) if shown else None,
        (t.plain("Agent"), *words),
        tuple(
            (
                _name(t, each),
                each.in_time,
                each.late,
                each.resting,
                t.plain("yes") if each.is_on_duty else t.plain("no"),
            )
            for each in loads
        ),
        empty=t.plain("Nobody is an agent yet: “duebot agent add” adds one."),
        is_of_now=True,
    )


def _name(t: Translator, load: Load) -> str:
    if load.is_away:
        return t.plain("{name} (away)", name=load.name)
    return load.name if load.is_on_duty else t.plain("{name} (off duty)", name=load.name)


def _waiting(t: Translator, reasons: Mapping[str, int]) -> Panel:
    listed = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    names = tuple(reason_words(t, reason) for reason, _ in listed)
    bars = Series(t.plain("waiting"), tuple(n for _, n in listed[:MOST_BARS]), "o2")
    return Panel(
        "waiting",
        t.plain("Waiting cases, by reason"),
        Chart("bars", names[:MOST_BARS], (bars,)) if listed else None,
        (t.plain("Reason"), t.plain("waiting")),
        tuple(zip(names, (n for _, n in listed), strict=True)),
        empty=t.plain("Nobody is waiting right now."),
        is_of_now=True,
    )


# --- The days to come ------------------------------------------------------------------------------------------------


def ahead_tiles(t: Translator, coming: Forecast) -> list[Tile]:
    late, days = coming.first_day_that_does_not_fit, coming.days
    busiest = max(days, key=lambda day: day.messages, default=None)
    fits = t.plain("all of it") if late is None else t.plain("until {day}", day=t.day(late.day))
    tiles = [
        Tile(
            t.plain("Messages"),
            number(t, sum(day.messages for day in days)),
            t.plain("in the next {n} days", n=len(days)),
        ),
        Tile(t.plain("Cases to be opened"), number(t, sum(day.cases for day in days))),
        Tile(t.plain("Fits into the sending hours"), fits, "", late is None),
    ]
    if busiest is not None and busiest.messages:
        tiles.append(
            Tile(t.plain("Busiest day"), t.day(busiest.day), t.plain("messages: {n}", n=number(t, busiest.messages)))
        )
    return tiles


def of_ahead(t: Translator, coming: Forecast) -> list[Panel]:
    labels = tuple(t.day_of_year(day.day) for day in coming.days)
    names = tuple(t.day(day.day) for day in coming.days)
    return [
        _messages(t, coming.days, labels, names),
        _hours(t, coming.days, labels, names),
        _cases(t, coming.days, labels, names),
    ]


def _messages(t: Translator, days: Sequence[ForecastDay], labels: tuple[str, ...], names: tuple[str, ...]) -> Panel:
    known = [name for name in CHANNELS if any(day.by_channel.get(name) for day in days)]
    columns = tuple(
        Series(channel_words(t, name), tuple(day.by_channel.get(name, 0) for day in days), colour)
        for name, colour in zip(known, THINGS, strict=False)
    )
    return Panel(
        "forecast",
        t.plain("Messages to be sent, by channel"),
        Chart("columns", labels, columns, names=names, names_one=True) if columns else None,
        (t.plain("Day"), *(channel_words(t, name) for name in known)),
        tuple((day.day, *(day.by_channel.get(name, 0) for name in known)) for day in days if known),
        t.plain("If nobody pays, answers or opts out."),
        t.plain("No messages are planned for these days."),
    )


def _hours(t: Translator, days: Sequence[ForecastDay], labels: tuple[str, ...], names: tuple[str, ...]) -> Panel:
    """How full the hours are, as the hours that sending takes are often minutes."""
    full = tuple(day.hours_needed / day.hours_open if day.hours_open else None for day in days)
    known = any(full)
    columns = Series(t.plain("of the open hours"), full, "c1")
    return Panel(
        "hours",
        t.plain("How much of the sending hours it takes"),
        Chart("columns", labels, (columns,), unit="share", names=names) if known else None,
        (t.plain("Day"), t.plain("hours needed"), t.plain("hours open"), columns.name, t.plain("fits")),
        tuple(
            (
                day.day,
                day.hours_needed,
                day.hours_open,
                "–" if of is None else percent(t, of),
                t.plain("yes") if day.fits else t.plain("no"),
            )
            for day, of in zip(days, full, strict=True)
            if known
        ),
        t.plain("What doesn’t fit into a day is not carried over to the next."),
        t.plain("No messages are planned for these days."),
    )


def _cases(t: Translator, days: Sequence[ForecastDay], labels: tuple[str, ...], names: tuple[str, ...]) -> Panel:
    columns = (
        Series(t.plain("cases"), tuple(day.cases for day in days), "c4"),
        Series(t.plain("not reachable"), tuple(day.unreachable for day in days), "c5"),
    )
    known = any(any(each.values) for each in columns)
    return Panel(
        "forecast-cases",
        t.plain("Cases to be opened, and customers whom no channel reaches"),
        Chart("columns", labels, columns, stacking="beside", names=names) if known else None,
        (t.plain("Day"), *(each.name for each in columns)),
        tuple((day.day, day.cases, day.unreachable) for day in days if known),
        empty=t.plain("No new cases are expected on these days."),
    )
