"""Draws `rooms.svg`, the house as the import rules know it: `python -m docs.rooms`, from the project's folder.

What is drawn are the layers in pyproject.toml, to which `make check` holds every import: each may import what is below
it, and nothing that is above it or beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRAWING = Path(__file__).with_name("rooms.svg")
WIDTH, GAP, PAD = 900, 10, 8
BOX, TITLE = 24, 22  # heights: of a subject or a plain room, and of a room's name above its subjects
SHARE = 3  # a room with subjects is so many times as wide as one without

Layers = list[list[str]]


def layers_of(contract: str) -> Layers:
    """The names in each layer of a contract, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (found,) = (each for each in contracts if each["name"] == contract)
    return [layer.split(" | ") for layer in found["layers"]]


def house() -> Layers:
    """The rooms, from the top."""
    return layers_of("Imports go down the house only")


def subjects() -> dict[str, Layers]:
    """The subjects of each room that has them."""
    return {
        "bot.work": layers_of("Subjects of the work"),
        "storage": layers_of("Subjects of the storage"),
        "bot.views": layers_of("Subjects of the views"),
        "bot.rules": layers_of("Subjects of the rules"),
    }


def drawing() -> str:
    """The whole of it, as SVG."""
    parts: list[str] = []
    top = GAP
    for layer in house():
        height = max(map(_height, layer))
        parts += _side_by_side(layer, top, height)
        top += height + GAP
    return f"{_head(top)}{''.join(parts)}</svg>\n"


def _side_by_side(layer: Sequence[str], top: int, height: int) -> Iterator[str]:
    shares = [SHARE if room in subjects() else 1 for room in layer]
    one = (WIDTH - GAP * (len(layer) + 1)) / sum(shares)
    left: float = GAP
    for room, share in zip(layer, shares, strict=True):
        yield from _room(room, left, top, one * share, height)
        left += one * share + GAP


def _height(room: str) -> int:
    layers = subjects().get(room)
    return BOX + PAD if layers is None else TITLE + len(layers) * (BOX + PAD) + PAD


def _room(room: str, left: float, top: int, width: float, height: int) -> Iterator[str]:
    layers = subjects().get(room, [])
    yield f'  <rect class="room" x="{left:.0f}" y="{top}" width="{width:.0f}" height="{height}" rx="8"/>\n'
    baseline = top + (17 if layers else height // 2 + 5)
    yield f'  <text x="{left + width / 2:.0f}" y="{baseline}">{room}</text>\n'
    for number, layer in enumerate(layers):
        y = top + TITLE + number * (BOX + PAD)
        each = (width - PAD * (len(layer) + 1)) / len(layer)
        for place, subject in enumerate(layer):
            x = left + PAD + place * (each + PAD)
            yield f'  <rect class="subject" x="{x:.0f}" y="{y}" width="{each:.0f}" height="{BOX}" rx="5"/>\n'
            yield f'  <text class="small" x="{x + each / 2:.0f}" y="{y + 16}">{subject}</text>\n'


def _head(height: int) -> str:
    rooms = "; ".join(", ".join(layer) for layer in house())
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">
  <title id="t">The rooms and their subjects, and which may know which</title>
  <desc id="d">From top to bottom, each may import what is below it: {rooms}.</desc>
  <style>
    text {{ font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; text-anchor: middle }}
    .small {{ font-size: 11.5px }}
    .room {{ fill: #ddf4ff; stroke: #0969da }}
    .subject {{ fill: #fff8c5; stroke: #9a6700 }}
    @media (prefers-color-scheme: dark) {{
      text {{ fill: #e6edf3 }}
      .room {{ fill: #0c2d4d; stroke: #58a6ff }}
      .subject {{ fill: #3b2f0b; stroke: #d29922 }}
    }}
  </style>
"""


if __name__ == "__main__":
    DRAWING.write_text(drawing(), "utf-8")
