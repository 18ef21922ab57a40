"""The console's page *Policy*: versions, what differs between two, and the days of a draft beside today's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.rules.outlook.forecast import Forecast, ForecastDay
from bot.rules.policy.archive import Kept
from bot.rules.policy.differences import Kind
from bot.views.cases.desk_words import channel_words
from bot.views.operations.chart_drawing import Size
from bot.views.operations.chart_pictures import on_page
from bot.views.operations.charts import Chart, Series
from bot.views.operations.numbers import number
from locales import Html, Translator

DAYS_A_WEEK = 7
HALF = Size(560, 170, 14)


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers as a table; the first cell of a row names it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


SIGNS: Mapping[Kind, str] = {"added": "+", "removed": "−", "same": "", "place": "…"}


def versions(t: Translator, kept: Sequence[Kept], in_force: str, zone: ZoneInfo) -> list[tuple[str, str]]:
    """By version, its line: name, version, since when, and whether it is in force."""
    return [(one.version, _version(t, one, in_force, zone)) for one in kept]


def _version(t: Translator, one: Kept, in_force: str, zone: ZoneInfo) -> str:
    since = t.moment(one.first_used_at, zone)
    words = {"name": one.name, "version": one.version, "since": since}
    if one.version == in_force:
        return t.plain("{name}, version {version}, first used {since}; in force now", **words)
    return t.plain("{name}, version {version}, first used {since}", **words)


def kind_words(t: Translator) -> Mapping[Kind, str]:
    """What the signs of a diff say to people who listen."""
    return {"added": t.plain("added:"), "removed": t.plain("removed:"), "same": "", "place": ""}


def totals(t: Translator, now: Forecast, draft: Forecast) -> Table:
    """Sums of all days: messages, by channel and by step, cases, and who cannot be reached."""
    channels = _counted(t, now, draft, lambda day: day.by_channel, lambda name: channel_words(t, name))
    steps = _counted(t, now, draft, lambda day: day.by_step, lambda name: t.plain("step {name}", name=name))
    rows = (
        _row(t, t.plain("messages"), _sum(now, lambda day: day.messages), _sum(draft, lambda day: day.messages)),
        *channels,
        *steps,
        _row(t, t.plain("cases opened"), _sum(now, lambda day: day.cases), _sum(draft, lambda day: day.cases)),
        _row(t, t.plain("not reachable"), _sum(now, _unreachable), _sum(draft, _unreachable)),
    )
    head = ("", t.plain("today’s policy"), t.plain("draft"), t.plain("difference"))
    note = t.plain("If nobody pays, answers or opts out. A message about several steps counts under each of them.")
    return Table(t.plain("In all"), head, rows, note)


def chart(t: Translator, now: Forecast, draft: Forecast) -> Html:
    """Messages day by day, today's policy beside the draft; empty if neither sends any."""
    columns = (
        Series(t.plain("today’s policy"), tuple(day.messages for day in now.days), "c6"),
        Series(t.plain("draft"), tuple(day.messages for day in draft.days), "c1"),
    )
    if not any(any(each.values) for each in columns):
        return Html("")
    labels = tuple(t.day_of_year(day.day) for day in now.days)
    names = tuple(t.day(day.day) for day in now.days)
    both = Chart("columns", labels, columns, stacking="beside", names=names)
    return on_page(t, both, "draft", t.plain("Messages each day"), HALF)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar. `kind` says whether the draft sends more, fewer or as many (same) messages."""

    day: str
    messages: str
    cases: str
    note: str
    kind: str


@dataclass(frozen=True, slots=True)
class CalendarView:
    """Weeks from Monday to Sunday; None is a day that was not looked at."""

    head: tuple[str, ...]
    weeks: tuple[tuple[Cell | None, ...], ...]


def calendar(t: Translator, now: Forecast, draft: Forecast) -> CalendarView:
    """The days of a draft beside those of the policy in force."""
    cells: list[Cell | None] = [_cell(t, *both) for both in zip(now.days, draft.days, strict=True)]
    first = now.days[0].day.weekday() if now.days else 0
    cells = [*([None] * first), *cells]
    cells += [None] * (-len(cells) % DAYS_A_WEEK)
    weeks = tuple(tuple(cells[at : at + DAYS_A_WEEK]) for at in range(0, len(cells), DAYS_A_WEEK))
    return CalendarView(tuple(t.weekday(number) for number in range(DAYS_A_WEEK)), weeks)


def _cell(t: Translator, one: ForecastDay, other: ForecastDay) -> Cell:
    kind = "more" if other.messages > one.messages else "fewer" if other.messages < one.messages else "same"
    note = "" if other.fits else t.plain("does not fit into the hours")
    before, after = number(t, one.cases), number(t, other.cases)
    cases = t.plain("cases {before} → {after}", before=before, after=after)
    return Cell(t.day(one.day), f"{number(t, one.messages)} → {number(t, other.messages)}", cases, note, kind)


def by_day(t: Translator, now: Forecast, draft: Forecast) -> Table:
    """A row for each day, what is of the policy in force first."""
    head = (
        t.plain("Day"),
        t.plain("messages, today’s policy"),
        t.plain("messages, draft"),
        t.plain("cases, today’s policy"),
        t.plain("cases, draft"),
        t.plain("of the draft’s messages"),
    )
    rows = tuple(
        (
            t.date(one.day),
            *(number(t, n) for n in (one.messages, other.messages, one.cases, other.cases)),
            _parts(t, other),
        )
        for one, other in zip(now.days, draft.days, strict=True)
    )
    return Table(t.plain("By day"), head, rows)


def _parts(t: Translator, day: ForecastDay) -> str:
    said = [f"{name} {number(t, n)}" for name, n in day.by_step.items()]
    said += [f"{channel_words(t, name)} {number(t, n)}" for name, n in day.by_channel.items()]
    if not day.fits:
        said.append(t.plain("does not fit into the hours"))
    return " · ".join(said)


def _counted(
    t: Translator,
    now: Forecast,
    draft: Forecast,
    of: Callable[[ForecastDay], Mapping[str, int]],
    name: Callable[[str], str],
) -> list[tuple[str, ...]]:
    before, after = (sum((Counter(of(day)) for day in one.days), Counter()) for one in (now, draft))
    return [_row(t, name(key), before[key], after[key]) for key in dict.fromkeys((*before, *after))]


def _row(t: Translator, name: str, before: int, after: int) -> tuple[str, ...]:
    sign = "+" if after > before else "−" if after < before else ""
    return (name, number(t, before), number(t, after), f"{sign}{number(t, abs(after - before))}")


def _sum(one: Forecast, of: Callable[[ForecastDay], int]) -> int:
    return sum(of(day) for day in one.days)


def _unreachable(day: ForecastDay) -> int:
    return day.unreachable
