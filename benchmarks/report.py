"""The results of a benchmark: tables of numbers, printed as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` have a cell for each of `columns`; `note` says in a sentence what they show. `holds` is False where
    something was found that must not be."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    holds: bool = True

    def text(self) -> str:
        cells = [[_text(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [_line(row, widths, self.rows[0] if self.rows else ()) for row in cells]
        rule = "|".join(
            "-" * (width + 1) + (":" if _is_number(self.rows, i) else "-") for i, width in enumerate(widths)
        )
        note = f"\n{self.note}\n" if self.note else ""
        return "\n".join((f"### {self.title}\n", lines[0], f"|{rule}|", *lines[1:])) + "\n" + note


def heading(today: date) -> str:
    """Where and when it was measured."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}, {today.isoformat()}\n"


def _line(row: Sequence[str], widths: Sequence[int], sample: Sequence[Cell]) -> str:
    aligned = (
        cell.ljust(width) if isinstance(like, str) else cell.rjust(width)
        for cell, width, like in zip(row, widths, sample, strict=True)
    )
    return "| " + " | ".join(aligned) + " |"


def _is_number(rows: Sequence[Sequence[Cell]], column: int) -> bool:
    return bool(rows) and not isinstance(rows[0][column], str)


def _text(cell: Cell) -> str:
    """Three figures are as many as one run is worth."""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell
