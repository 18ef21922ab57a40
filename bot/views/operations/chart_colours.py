"""The colours of charts, on light and on dark ground.

`c1` to `c6` are for things without an order; any of them can be told from any other also by those who do not see all
colours (a test looks at them with Machado, Oliveira and Fernandes' matrices of 2009). `o1` to `o5` are the steps of a
scale. All have a contrast of 3 to 1 with the ground, and words on them one of 4.5 to 1 (WCAG 2.2, 1.4.11 and 1.4.3).
The console's `figures.css` has the same; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WHITE, _BLACK = "#ffffff", "#0b1416"
# Each colour on light ground with what is written on it, and the same on dark ground.
_COLOURS = {
    "c1": ("#5490d7", _BLACK, "#3f80e6", _BLACK),
    "c2": ("#c33804", _WHITE, "#f38338", _BLACK),
    "c3": ("#277b63", _WHITE, "#92f2d8", _BLACK),
    "c4": ("#791b8a", _WHITE, "#ae547c", _WHITE),
    "c5": ("#b68c24", _BLACK, "#fcd44d", _BLACK),
    "c6": ("#4b5356", _WHITE, "#a4acb7", _BLACK),
    "o1": ("#2a9faa", _BLACK, "#0c7d87", _WHITE),
    "o2": ("#177bb2", _WHITE, "#3c96cf", _BLACK),
    "o3": ("#5449a3", _WHITE, "#a49ffe", _BLACK),
    "o4": ("#601966", _WHITE, "#faabfe", _BLACK),
    "o5": ("#47082d", _WHITE, "#ffe2ee", _BLACK),
}
NAMES = tuple(_COLOURS)
THINGS, STEPS = NAMES[:6], NAMES[6:]
STATE_COLOURS = {"in_grace": "c6", "reached": "c3", "in_queue": "c1", "on_hold": "c5", "silent": "c2"}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a chart is drawn on. `colours` by name; `inks`: of words on a colour."""

    paper: str
    ink: str
    quiet: str
    line: str
    colours: Mapping[str, str]
    inks: Mapping[str, str]

    def style(self, of: str = "") -> str:
        """As CSS, for what is below the selector `of`."""
        plain = {".paper": self.paper, ".ink": self.ink, ".quiet": self.quiet}
        rules = [f"{of}{name}{{fill:{colour}}}" for name, colour in plain.items()]
        rules += [f"{of}.{name}{{fill:{colour}}}" for name, colour in self.colours.items()]
        rules += [f"{of}.on-{name}{{fill:{ink}}}" for name, ink in self.inks.items()]
        rules += [f"{of}.s-{name}{{fill:none;stroke:{colour}}}" for name, colour in self.colours.items()]
        parted = f"{of}.part{{stroke:{self.paper};stroke-width:1}}"
        lines = f"{of}.grid{{stroke:{self.line}}}{of}.gap,{of}.track{{fill:{self.line};fill-opacity:.5}}"
        return "".join((*rules, parted, lines, f"{of}.hit{{fill-opacity:0}}"))


def _ground(paper: str, ink: str, quiet: str, line: str, at: int) -> Ground:
    colours, inks = ({name: each[n] for name, each in _COLOURS.items()} for n in (at, at + 1))
    return Ground(paper, ink, quiet, line, colours, inks)


LIGHT = _ground("#ffffff", "#1b2527", "#556264", "#dde3e1", 0)
DARK = _ground("#172023", "#e5ebeb", "#9dacae", "#29363a", 2)
