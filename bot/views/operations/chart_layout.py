"""Where words and ticks of a chart have room. Pure arithmetic; all lengths are in units of the drawing."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_TICKS = 5  # on the scale of values
LETTER = 0.62  # of the height, for what is not as wide as it is high; of wide fonts
GAP = 10.0  # between two words on one line


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, from the top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


def width_of(words: str, px: float) -> float:
    """About how wide words are: Chinese characters are square, others a little more than half of that."""
    return sum(px * (1.0 if sign in "%MW@" or unicodedata.east_asian_width(sign) in "WF" else LETTER) for sign in words)


def cut_to(words: str, room: float, px: float) -> str:
    """As much of the words as there is room for, with “…” where something is missing."""
    if width_of(words, px) <= room:
        return words
    kept = words
    while kept and width_of(kept, px) + px > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…" if kept else ""


def scale(highest: float, *, whole: bool) -> list[float]:
    """Round values from 0 to the first that is at least `highest`, at most MOST_TICKS steps. `whole`: no fractions."""
    if highest <= 0:
        return [0.0, 1.0]
    least = highest / MOST_TICKS
    power = math.floor(math.log10(max(least, 1) if whole else least))
    step = next(step for step in (digit * 10.0**power for digit in (1, 2, 5, 10, 20)) if step >= least * (1 - 1e-9))
    steps = max(1, math.ceil(highest / step - 1e-9))
    return [round(step * n, 10) for n in range(steps + 1)]


def placed(middles: Sequence[float], words: Sequence[str], box: Box, px: float) -> Iterator[tuple[int, float]]:
    """Which labels can be written below an axis, each with its middle: evenly chosen, inside of the box, and none over
    another."""
    widest = max(width_of(each, px) for each in words) + GAP
    step = (middles[-1] - middles[0]) / (len(middles) - 1) if len(middles) > 1 else box.width
    every = max(1, math.ceil(widest / step)) if step > 0 else len(middles)
    free_from = -math.inf
    for place in range(0, len(middles), every):
        half = width_of(words[place], px) / 2
        middle = min(max(middles[place], half), box.right - half)
        if middle - half >= free_from:
            yield place, middle
            free_from = middle + half + GAP


def lines_of(names: Sequence[str], room: float, px: float, sign: float) -> list[list[tuple[int, float, str]]]:
    """The names of a legend in as many lines as they need: for each its number, its left end, and what is written. A
    coloured sign of width `sign` goes before each."""
    lines: list[list[tuple[int, float, str]]] = [[]]
    left = 0.0
    for number, name in enumerate(names):
        said = cut_to(name, room - sign, px)
        wide = sign + width_of(said, px)
        if lines[-1] and left + wide > room:
            lines.append([])
            left = 0.0
        lines[-1].append((number, left, said))
        left += wide + GAP + 4
    return lines


def apart(middles: Sequence[float], px: float, box: Box) -> list[float]:
    """Words at these heights, moved so far that none is over another, and none outside of the box."""
    order = sorted(range(len(middles)), key=lambda n: middles[n])
    found = list(middles)
    free_from = box.top
    for n in order:
        found[n] = max(found[n], free_from)
        free_from = found[n] + px
    limit = box.bottom
    for n in reversed(order):
        found[n] = min(found[n], limit)
        limit = found[n] - px
    return found


def room_in_band(
    xs: Sequence[float], lower: Sequence[float | None], upper: Sequence[float | None], width: float, height: float
) -> tuple[float, float] | None:
    """The middle of the highest place within a band, between its lines `lower` and `upper` (which is smaller, as y
    grows downwards), at which a box of this size is inside of it; None if there is none."""
    best: tuple[float, float, float] | None = None
    for first in range(len(xs)):
        last = first
        while last < len(xs) - 1 and xs[last] - xs[first] < width:
            last += 1
        if xs[last] - xs[first] < width:
            break
        floors, roofs = lower[first : last + 1], upper[first : last + 1]
        if any(value is None for value in (*floors, *roofs)):
            continue
        floor, roof = min(v for v in floors if v is not None), max(v for v in roofs if v is not None)
        if floor - roof >= height and (best is None or floor - roof > best[0]):
            best = (floor - roof, (xs[first] + xs[last]) / 2, (floor + roof) / 2)
    return None if best is None else best[1:]
