"""Charts as values: what is drawn, without how. `chart_drawing` draws them, on a page and as a picture.

There are few kinds, so that who has read one can read all:

- `areas`: a whole made of parts, over time;
- `lines`: values over time that are no parts of a whole, such as shares;
- `columns`: numbers of each day, week or month, or of another short scale;
- `bars`: things with names of any length, one below the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["areas", "lines", "columns", "bars"]
Stacking = Literal["stacked", "beside", "whole"]  # whole: each bar's parts are shares of it, so that all are as long
Unit = Literal["number", "share"]
MOST_SERIES = 6  # as many as there are colours


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one thing, a value for each label of its chart; None: there is none. `colour` is one of
    `chart_colours.NAMES`."""

    name: str
    values: tuple[float | None, ...]
    colour: str = "c1"


@dataclass(frozen=True, slots=True)
class Chart:
    """`labels` are short, for an axis; `names` says the same at full length, for tooltips. `ends`: words at the end of
    each bar instead of its value. `gaps`: by its place, why a label has no values. Raises `ValueError` if the numbers
    do not match the labels."""

    kind: Kind
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    stacking: Stacking = "stacked"
    unit: Unit = "number"
    names: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    gaps: Mapping[int, str] = field(default_factory=dict)
    most: float = 0  # up to where the scale goes at least
    names_one: bool = False  # the name of a single series is written, too: the title does not say it

    def __post_init__(self) -> None:
        if not self.labels or not 0 < len(self.series) <= MOST_SERIES:
            raise ValueError(f"a chart needs labels and 1 to {MOST_SERIES} series, not {len(self.series)}")
        for each in self.series:
            if len(each.values) != len(self.labels) or any(value is not None and value < 0 for value in each.values):
                raise ValueError(f"{each.name!r} needs {len(self.labels)} numbers of 0 or more")
        for given in (self.names, self.ends):
            if given and len(given) != len(self.labels):
                raise ValueError(f"{len(self.labels)} labels need as many names and ends, not {len(given)}")

    @property
    def is_stacked(self) -> bool:
        return self.kind == "areas" or (self.kind != "lines" and self.stacking != "beside")

    def total(self, place: int) -> float | None:
        """What a label's parts add up to; None if it has none."""
        values = [value for each in self.series if (value := each.values[place]) is not None]
        return sum(values) if values else None

    @property
    def has_legend(self) -> bool:
        return len(self.series) > 1 or self.names_one

    @property
    def highest(self) -> float:
        """The highest that has to find room."""
        values = [value for each in self.series for value in each.values if value is not None]
        if self.is_stacked:
            values += [total for place in range(len(self.labels)) if (total := self.total(place)) is not None]
        return max((*values, self.most))

    def long_label(self, place: int) -> str:
        return self.names[place] if self.names else self.labels[place]


@dataclass(frozen=True, slots=True)
class Captioned:
    """A chart below its title."""

    title: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class Picture:
    """Charts one below the other, to be kept as a file: with a title, and a line about it, such as its time."""

    title: str
    about: str
    parts: tuple[Captioned, ...]
