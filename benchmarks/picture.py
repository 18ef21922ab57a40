"""Draws ratios as SVG: a row for each, a bar for each size of the wallet, on a scale by powers of ten around 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from benchmarks.suite import Ratio

COLOURS = ("#56B4E9", "#0072B2", "#E69F00", "#009E73")  # Okabe and Ito
WIDTH, LABELS, BAR, GAP, TOP = 1000, 520, 9, 10, 64  # pixels
INK, LINE = "#222222", "#cccccc"


def picture(found: Sequence[Ratio], sizes: Sequence[int]) -> str:
    """The ratios as an SVG document; those of one size have one bar."""
    shown = [ratio for ratio in found if all(value > 0 for value in ratio.values.values())]
    values = [value for ratio in shown for value in ratio.values.values()] or [1.0]
    least, most = floor(min(0.0, log10(min(values)))), ceil(max(1.0, log10(max(values))))
    height = TOP + sum(BAR * len(ratio.values) + GAP for ratio in shown) + 12
    scale = (WIDTH - LABELS - 70) / (most - least)
    body = "\n".join((*_frame(sizes, least, most, scale, height), *_rows(shown, sizes, least, scale)))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
        f' font-size="11" fill="{INK}" role="img">'
    )
    return "\n".join((head, '<rect width="100%" height="100%" fill="#fff"/>', body, "</svg>", ""))


def _frame(sizes: Sequence[int], least: int, most: int, scale: float, height: int) -> Iterator[str]:
    """The legend and the scale; the line of 1 is dark."""
    for n, size in enumerate(sizes):
        x = LABELS + n * 130
        yield f'<rect x="{x}" y="14" width="18" height="10" fill="{COLOURS[n % len(COLOURS)]}"/>'
        yield f'<text x="{x + 24}" y="23">{size:,} customers</text>'
    for power in range(least, most + 1):
        x = LABELS + (power - least) * scale
        colour = LINE if power else INK
        yield f'<path d="M{x:.1f} {TOP - 12}V{height}" stroke="{colour}"/>'
        yield f'<text x="{x:.1f}" y="{TOP - 17}" text-anchor="middle">{10.0**power:g} ×</text>'


def _rows(shown: Sequence[Ratio], sizes: Sequence[int], least: int, scale: float) -> Iterator[str]:
    y = float(TOP)
    one = LABELS - least * scale
    for ratio in shown:
        middle = y + BAR * len(ratio.values) / 2 + 4
        label = escape(f"{ratio.name}: {ratio.row} – {ratio.column}")
        yield f'<text x="{LABELS - 10}" y="{middle:.1f}" text-anchor="end">{label}</text>'
        for size, value in ratio.values.items():
            end = one + log10(value) * scale
            colour = COLOURS[sizes.index(size) % len(COLOURS)] if size in sizes else "#888888"
            left, wide = min(one, end), max(1.0, abs(end - one))
            yield f'<rect x="{left:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BAR - 1}" fill="{colour}"/>'
            yield f'<text x="{max(one, end) + 5:.1f}" y="{y + BAR - 1:.1f}" font-size="9">{value:.3g}</text>'
            y += BAR
        y += GAP
