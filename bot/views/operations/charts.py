"""Draws bar charts as SVG from numbers and labels. `desk_statistics` says what they show.

Every bar has its number or a scale beside it, and a pattern as well as a colour, so that no one needs to distinguish
red from green, or any colours. The colours are Okabe and Ito's, "Color Universal Design" (2008).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

COLOURS = ("#0072B2", "#E69F00")
PATTERNS = ("solid", "striped")
WIDTH, HEIGHT = 1000, 440  # pixels
TITLE_PX, TEXT_PX = 22, 15
MOST_TICKS = 10  # labels below vertical bars
INK, PAPER, LINE = "#222222", "#ffffff", "#cccccc"


@dataclass(frozen=True, slots=True)
class Bars:
    """One diagram: a label for each group of bars, and for each series its name and a number for each label. `lying`:
    the bars are horizontal, which leaves room for long labels. Raises `ValueError` if the numbers do not match the
    labels."""

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    lying: bool = False

    def __post_init__(self) -> None:
        if not self.labels or not 0 < len(self.series) <= len(COLOURS):
            raise ValueError(f"a diagram needs labels and one or two series, not {len(self.series)}")
        for name, values in self.series:
            if len(values) != len(self.labels) or min(values) < 0:
                raise ValueError(f"{name!r} needs {len(self.labels)} numbers of 0 or more, not {len(values)}")

    @property
    def highest(self) -> int:
        return max(1, *(value for _, values in self.series for value in values))


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of several diagrams side by side."""

    title: str
    diagrams: tuple[Bars, ...]


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle, in pixels from the top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


def svg(chart: Chart, font: str) -> str:
    """The chart as an SVG document of WIDTH × HEIGHT pixels, with its text in the font family `font`."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' role="img" aria-label={quoteattr(chart.title)} font-family={quoteattr(font)} fill="{INK}">'
    )
    return "\n".join((head, _defined(), *_drawn(chart), "</svg>"))


def _drawn(chart: Chart) -> Iterator[str]:
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
    yield _text(WIDTH / 2, 34, chart.title, TITLE_PX, "middle")
    each = WIDTH / len(chart.diagrams)
    for number, diagram in enumerate(chart.diagrams):
        box = _Box(number * each + 24, 52, each - 48, HEIGHT - 72)
        yield _text(box.left + box.width / 2, box.top + 16, diagram.title, TEXT_PX + 2, "middle")
        names = len(diagram.series) > 1
        if names:
            yield from _legend(diagram, box)
        inner = _Box(box.left, box.top + (58 if names else 34), box.width, box.height - (58 if names else 34))
        yield from _lying(diagram, inner) if diagram.lying else _standing(diagram, inner)


def _defined() -> str:
    """The second series' stripes."""
    return (
        f'<defs><pattern id="striped" width="7" height="7" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="7" height="7" fill="{COLOURS[1]}"/>'
        f'<rect width="2" height="7" fill="{PAPER}"/></pattern></defs>'
    )


def _fill(series: int) -> str:
    return COLOURS[series] if PATTERNS[series] == "solid" else f"url(#{PATTERNS[series]})"


def _legend(diagram: Bars, box: _Box) -> Iterator[str]:
    left = box.left
    for number, (name, _) in enumerate(diagram.series):
        yield f'<rect x="{left:.1f}" y="{box.top + 30:.1f}" width="18" height="13" fill="{_fill(number)}"/>'
        yield _text(left + 25, box.top + 42, name, TEXT_PX)
        left += 25 + _width(name, TEXT_PX) + 24


def _standing(diagram: Bars, box: _Box) -> Iterator[str]:
    """Vertical bars, with a scale at the left and at most MOST_TICKS labels below."""
    scale = _scale(diagram.highest)
    gutter = _width(str(scale[-1]), TEXT_PX) + 10
    plot = _Box(box.left + gutter, box.top, box.width - gutter, box.height - 28)
    for value in scale:
        y = plot.bottom - plot.height * value / scale[-1]
        yield f'<path d="M{plot.left:.1f} {y:.1f}h{plot.width:.1f}" stroke="{LINE}"/>'
        yield _text(plot.left - 7, y + 5, str(value), TEXT_PX, "end")
    group = plot.width / len(diagram.labels)
    thick = group * 0.8 / len(diagram.series)
    for number, (_, values) in enumerate(diagram.series):
        for place, value in enumerate(values):
            left = plot.left + place * group + group * 0.1 + number * thick
            high = plot.height * value / scale[-1]
            yield _bar(left, plot.bottom - high, thick, high, number)
    for place in range(0, len(diagram.labels), _every(diagram.labels, plot.width)):
        yield _text(plot.left + (place + 0.5) * group, plot.bottom + 20, diagram.labels[place], TEXT_PX, "middle")


def _lying(diagram: Bars, box: _Box) -> Iterator[str]:
    """Horizontal bars, each with its label before it and its number after it."""
    gutter = min(box.width / 2, max(_width(label, TEXT_PX) for label in diagram.labels) + 10)
    room = box.width - gutter - _width(str(diagram.highest), TEXT_PX) - 12
    group = min(46.0, box.height / len(diagram.labels))
    thick = group * 0.7 / len(diagram.series)
    for place, label in enumerate(diagram.labels):
        middle = box.top + (place + 0.5) * group
        yield _text(box.left + gutter - 8, middle + 5, label, TEXT_PX, "end")
        for number, (_, values) in enumerate(diagram.series):
            long = room * values[place] / diagram.highest
            top = middle - group * 0.35 + number * thick
            yield _bar(box.left + gutter, top, long, thick, number)
            yield _text(box.left + gutter + long + 6, top + thick / 2 + 5, str(values[place]), TEXT_PX)


def _bar(left: float, top: float, width: float, height: float, series: int) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{_fill(series)}"/>'


def _text(x: float, y: float, words: str, px: int, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{px}" text-anchor="{anchor}">{escape(words)}</text>'


def _scale(highest: int) -> list[int]:
    """Round numbers from 0 to the first that is at least `highest`, at most six of them."""
    step = 1
    while step * 5 < highest:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, highest + step, step))


def _every(labels: tuple[str, ...], width: float) -> int:
    """The step between two written labels: as many as fit, and at most MOST_TICKS."""
    widest = max(_width(label, TEXT_PX) for label in labels) + 12
    most = max(1, min(MOST_TICKS, int(width / widest)))
    return -(-len(labels) // most)


def _width(words: str, px: int) -> float:
    """The approximate width of a text: Chinese characters are square, others about 0.56 of that."""
    return sum(px if unicodedata.east_asian_width(c) in "WF" else px * 0.56 for c in words)
