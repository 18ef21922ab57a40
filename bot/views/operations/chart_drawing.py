"""Draws a chart as SVG elements. Colours are classes, so that the same drawing is right on light and dark ground.

No words are over others at any size, as all of them are placed by their widths. Values are written where they fit: in
an area, above a column, at the end of a bar or a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.views.operations.chart_layout import (
    GAP,
    Box,
    apart,
    cut_to,
    lines_of,
    placed,
    room_in_band,
    scale,
    width_of,
)
from bot.views.operations.charts import Chart, Series
from bot.views.operations.numbers import number, percent, short_number
from locales import Translator, escape

MOST_TOLD = 62  # places that say their values when they are pointed at; the table says them all
MOST_DOTS = 62  # of all lines together
LEAST_SHARE = 0.01  # the top of a scale of shares: below it, ticks would all read 0%
SIGN = 16.0  # a coloured sign and the room after it


@dataclass(frozen=True, slots=True)
class Size:
    """The width of a drawing, the height of what is between its axes, and the height of its letters."""

    width: float
    plot: float
    px: float


SMALL, LARGE = Size(380, 190, 13), Size(900, 320, 15)


@dataclass(frozen=True, slots=True)
class Drawn:
    """SVG elements, and the height that they need."""

    height: float
    body: str


def draw(t: Translator, chart: Chart, size: Size) -> Drawn:
    return _Drawing(t, chart, size).drawn()


def value_words(t: Translator, chart: Chart, value: float | None) -> str:
    """A value in full: 1,234; 56.7%."""
    if value is None:
        return "–"
    return percent(t, value) if chart.unit == "share" else number(t, value)


class _Drawing:
    def __init__(self, t: Translator, chart: Chart, size: Size) -> None:
        self._t, self._chart, self._size, self._px = t, chart, size, size.px
        self._out: list[str] = []

    def drawn(self) -> Drawn:
        if self._chart.kind == "bars":
            return self._bars()
        return self._over_a_scale()

    # -- bars ---------------------------------------------------------------------------------------------------------

    def _bars(self) -> Drawn:
        """Each with its label above it, so that there is room for any words, and its value at the right."""
        chart, px = self._chart, self._px
        top = self._legend(chart.series, 0) if chart.has_legend else 0.0
        beside = chart.stacking == "beside"
        highest = max(chart.highest, 1e-9)
        thick = px * (0.75 if beside else 0.95)
        for place, label in enumerate(chart.labels):
            ends = "" if beside else self._end(place)
            room = self._size.width - width_of(ends, px) - GAP
            base = top + px
            self._text(0, base, cut_to(label, room, px), "ink", whole=label)
            self._text(self._size.width, base, ends, "quiet", "end")
            top = base + px * 0.4
            if beside:
                top = self._bars_beside(place, top, thick, highest)
            else:
                self._bar_in_parts(place, top, thick, highest)
                top += thick
            top += px * 0.7
        return Drawn(top, "".join(self._out))

    def _end(self, place: int) -> str:
        return self._chart.ends[place] if self._chart.ends else self._words(self._chart.total(place))

    def _bar_in_parts(self, place: int, top: float, thick: float, highest: float) -> None:
        chart, left = self._chart, 0.0
        of = (chart.total(place) or 0.0) if chart.stacking == "whole" else highest
        self._rect(Box(0, top, self._size.width, thick), "track")
        for each in chart.series:
            value = each.values[place] or 0.0
            if value and of:
                wide = self._size.width * value / of
                said = f"{chart.long_label(place)} · {each.name}: {self._words(value)}"
                self._rect(Box(left, top, wide, thick), f"{each.colour} part", said)
                left += wide

    def _bars_beside(self, place: int, top: float, thick: float, highest: float) -> float:
        gutter = max(width_of(self._words(value), self._px) for each in self._chart.series for value in each.values)
        room = self._size.width - gutter - 6
        for each in self._chart.series:
            value = each.values[place]
            wide = room * (value or 0.0) / highest
            self._rect(Box(0, top + (self._px - thick) / 2, wide, thick), each.colour)
            self._text(wide + 6, top + self._px * 0.85, self._words(value), "quiet")
            top += self._px + 2
        return top

    # -- all others ---------------------------------------------------------------------------------------------------

    def _over_a_scale(self) -> Drawn:
        chart, px = self._chart, self._px
        highest = max(chart.highest, LEAST_SHARE) if chart.unit == "share" else chart.highest
        ticks = scale(highest, whole=chart.unit == "number")
        gutter = max(width_of(self._tick(value), px) for value in ticks) + 8
        ends = self._line_ends() if chart.kind == "lines" else {}
        sign = 12.0 if len(ends) > 1 else 0.0  # of which line it is
        beyond = max((width_of(words, px) for words in ends.values()), default=0.0) + (8 + sign if ends else 0)
        top = (self._legend(chart.series, 0) if chart.has_legend else 0.0) + px
        plot = Box(gutter, top, self._size.width - gutter - beyond, self._size.plot)
        up = _up(plot, ticks[-1])
        for value in ticks:
            self._out.append(f'<path class="grid" d="M{_n(plot.left)} {_n(up(value))}h{_n(plot.width)}"/>')
            self._text(plot.left - 6, up(value) + px * 0.35, self._tick(value), "quiet", "end")
        group = plot.width / len(chart.labels)
        middles = [plot.left + (place + 0.5) * group for place in range(len(chart.labels))]
        for place, why in chart.gaps.items():
            said = f"{chart.long_label(place)}: {why}"
            self._rect(Box(middles[place] - group / 2, plot.top, group, plot.height), "gap", said)
        match chart.kind:
            case "areas":
                self._areas(middles, plot, up)
            case "lines":
                self._lines(middles, plot, up, ends)
            case _:
                self._columns(middles, group, plot, up)
        self._told(middles, group, plot)
        below = plot.bottom + px * 1.5
        for place, middle in placed(middles, chart.labels, Box(0, below, self._size.width, px), px):
            self._text(middle, below, chart.labels[place], "quiet", "middle")
        return Drawn(below + px * 0.5, "".join(self._out))

    def _columns(self, middles: Sequence[float], group: float, plot: Box, up: Callable[[float], float]) -> None:
        chart = self._chart
        beside = chart.stacking == "beside"
        wide = min(group * 0.8, self._px * 4)
        thick = wide / len(chart.series) if beside else wide
        for place, middle in enumerate(middles):
            floor = 0.0
            for at, each in enumerate(chart.series):
                value = each.values[place]
                if not value:
                    continue
                left = middle - wide / 2 + (thick * at if beside else 0)
                top, bottom = up(floor + value), up(floor)
                self._rect(Box(left, top, thick, bottom - top), f"{each.colour} part")
                if not beside:
                    floor += value
        if not beside:
            self._totals(middles, group, up)

    def _totals(self, middles: Sequence[float], group: float, up: Callable[[float], float]) -> None:
        """Above the columns, if there is room for all of them."""
        said = [self._tick(total) if (total := self._chart.total(n)) else "" for n in range(len(middles))]
        if max(width_of(each, self._px) for each in said) + 4 <= group:
            for place, words in enumerate(said):
                if words:
                    self._text(middles[place], up(self._chart.total(place) or 0) - 4, words, "quiet", "middle")

    def _areas(self, middles: Sequence[float], plot: Box, up: Callable[[float], float]) -> None:
        floor: list[float] = [0.0] * len(middles)
        if len(middles) == 1:  # a point in time has no area
            self._columns(middles, plot.width, plot, up)
            return
        for each in self._chart.series:
            roof = [None if value is None else floor[place] + value for place, value in enumerate(each.values)]
            for first, last in _runs(roof):
                there = range(first, last + 1)
                over = [(middles[n], up(roof[n] or 0)) for n in there]
                under = [(middles[n], up(floor[n])) for n in reversed(there)]
                if len(over) == 1:  # between two gaps
                    over, under = _widened(over[0], under[0])
                self._out.append(f'<path class="{each.colour} part" d="{_path((*over, *under))}z"/>')
            ups = [None if value is None else up(value) for value in roof]
            downs = [None if value is None else up(low) for value, low in zip(roof, floor, strict=True)]
            if at := room_in_band(middles, downs, ups, width_of(each.name, self._px) + 8, self._px * 1.5):
                self._text(at[0], at[1] + self._px * 0.35, each.name, f"on-{each.colour}", "middle")
            floor = [low if value is None else value for value, low in zip(roof, floor, strict=True)]

    def _lines(self, middles: Sequence[float], plot: Box, up: Callable[[float], float], ends: dict[int, str]) -> None:
        for each in self._chart.series:
            self._line(each, middles, up)
        heights = apart([up(self._last(self._chart.series[n])) for n in ends], self._px, plot)
        for (place, words), height in zip(ends.items(), heights, strict=True):
            left = plot.right + 6
            if len(ends) > 1:
                colour = self._chart.series[place].colour
                self._out.append(f'<circle class="{colour}" cx="{_n(left + 4)}" cy="{_n(height)}" r="4"/>')
                left += 12
            self._text(left, height + self._px * 0.35, words, "ink")

    def _line(self, each: Series, middles: Sequence[float], up: Callable[[float], float]) -> None:
        is_dotted = len(each.values) * len(self._chart.series) <= MOST_DOTS
        for first, last in _runs(each.values):
            points = [(middles[n], up(each.values[n] or 0)) for n in range(first, last + 1)]
            if len(points) > 1:
                self._out.append(f'<path class="s-{each.colour}" stroke-width="2" d="{_path(points)}"/>')
            if is_dotted or len(points) == 1:
                self._out += [f'<circle class="{each.colour}" cx="{_n(x)}" cy="{_n(y)}" r="3"/>' for x, y in points]

    def _line_ends(self) -> dict[int, str]:
        """The last value of each line, by its number."""
        known = (n for n, each in enumerate(self._chart.series) if any(v is not None for v in each.values))
        return {n: self._words(self._last(self._chart.series[n])) for n in known}

    @staticmethod
    def _last(each: Series) -> float:
        return next(value for value in reversed(each.values) if value is not None)

    def _told(self, middles: Sequence[float], group: float, plot: Box) -> None:
        """What each place says when it is pointed at."""
        chart = self._chart
        if len(middles) > MOST_TOLD:
            return
        for place, middle in enumerate(middles):
            if place in chart.gaps:
                continue
            values = (f"{each.name}: {self._words(each.values[place])}" for each in chart.series)
            said = "\n".join((chart.long_label(place), *values))
            self._rect(Box(middle - group / 2, plot.top, group, plot.height), "hit", said)

    # -- words and boxes ----------------------------------------------------------------------------------------------

    def _legend(self, series: Sequence[Series], top: float) -> float:
        px = self._px
        for line in lines_of([each.name for each in series], self._size.width, px, SIGN):
            for at, left, said in line:
                colour = series[at].colour
                self._rect(Box(left, top + px * 0.15, 11, 11), colour)
                self._text(left + SIGN, top + px, said, "quiet")
            top += px * 1.5
        return top + 2

    def _words(self, value: float | None) -> str:
        return value_words(self._t, self._chart, value)

    def _tick(self, value: float) -> str:
        if self._chart.unit == "share":
            return percent(self._t, value)
        return short_number(self._t, value)

    def _rect(self, box: Box, css: str, said: str = "") -> None:
        at = f'x="{_n(box.left)}" y="{_n(box.top)}" width="{_n(box.width)}" height="{_n(box.height)}"'
        told = f"><title>{escape(said)}</title></rect>" if said else "/>"
        self._out.append(f'<rect class="{css}" {at}{told}')

    def _text(self, x: float, y: float, words: str, css: str, anchor: str = "", whole: str = "") -> None:
        if not words:
            return
        at = f' text-anchor="{anchor}"' if anchor else ""
        told = f"<title>{escape(whole)}</title>" if whole and whole != words else ""
        self._out.append(f'<text class="{css}" x="{_n(x)}" y="{_n(y)}"{at}>{told}{escape(words)}</text>')


def _up(plot: Box, highest: float) -> Callable[[float], float]:
    return lambda value: plot.bottom - plot.height * value / highest


def _runs(values: Sequence[float | None]) -> Iterator[tuple[int, int]]:
    """First and last place of the values in a row that are there."""
    first: int | None = None
    for place, value in enumerate((*values, None)):
        if value is not None and first is None:
            first = place
        elif value is None and first is not None:
            yield first, place - 1
            first = None


def _widened(
    over: tuple[float, float], under: tuple[float, float]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    (x, top), (_, bottom) = over, under
    return [(x - 1.5, top), (x + 1.5, top)], [(x + 1.5, bottom), (x - 1.5, bottom)]


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line through the points, as short as it can be written."""
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
