"""Everything that is registered in `benchmarks.__main__`, at several sizes of the wallet, and how each ratio grows.

A benchmark whose `Extent` has a classmethod `of(customers)` is run once for each size, all others once. A column whose
name has "×" or "÷" is a ratio to something bare that was measured beside it. With `repeat`, numbers are medians.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, get_args, get_type_hints

import structlog

from benchmarks.picture import picture
from benchmarks.report import Cell, Table, heading

SIZES = (10_000, 100_000, 1_000_000)
HERE = Path(__file__).parent
README, PICTURE = HERE / "README.md", HERE / "measured.svg"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
IS_RATIO = re.compile("[×÷]")

Benchmark = Callable[..., Awaitable[list[Table]]]


@dataclass(frozen=True, slots=True)
class Measured:
    """The tables of one benchmark at one size; None where it has no size."""

    name: str
    customers: int | None
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One ratio: of which benchmark and row, and its value by size."""

    name: str
    row: str
    column: str
    values: Mapping[int | None, float]

    @property
    def growth(self) -> float | None:
        """How many times as large it is at the largest size as at the smallest; None where there is one size."""
        sizes = [size for size in self.values if size is not None]
        if len(sizes) < 2 or not self.values[min(sizes)]:
            return None
        return self.values[max(sizes)] / self.values[min(sizes)]


async def measure(
    benchmarks: Mapping[str, Benchmark],
    sizes: Sequence[int],
    repeat: int,
    say: Callable[[str], None],
    once: Callable[[Benchmark, Sequence[Any]], Awaitable[list[Table]]],
) -> list[Measured]:
    """Runs them one after the other, each by `once`, and says each table as soon as it is known."""
    found = []
    for name, run in benchmarks.items():
        extent = _extent_of(run)
        for size in sizes if hasattr(extent, "of") else (None,):
            arguments = () if size is None else (extent.of(size),)
            tables = _medians([await once(run, arguments) for _ in range(repeat)])
            found.append(Measured(name, size, tables))
            say(_told(found[-1]))
    return found


async def in_a_process(run: Benchmark, arguments: Sequence[Any]) -> list[Table]:
    """Each in a process of its own, so that none finds the memory that another has used."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, _run, run, arguments)


def _run(run: Benchmark, arguments: Sequence[Any]) -> list[Table]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    async def awaited() -> list[Table]:
        return await run(*arguments)

    return asyncio.run(awaited())


def _extent_of(run: Benchmark) -> Any:
    """The class of its `extent`; None where it has none."""
    given = get_type_hints(run).get("extent")
    return next((each for each in get_args(given) if each is not type(None)), given)


def _medians(runs: Sequence[Sequence[Table]]) -> list[Table]:
    """The tables of the first run, with the median of all runs for each number."""
    if len(runs) == 1:
        return list(runs[0])
    return [
        replace(table, rows=[_middle(rows) for rows in zip(*(run[n].rows for run in runs), strict=True)])
        for n, table in enumerate(runs[0])
    ]


def _middle(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    return [cells[0] if isinstance(cells[0], str) else median(cells) for cells in zip(*rows, strict=True)]  # type: ignore[type-var]


def ratios(found: Iterable[Measured]) -> list[Ratio]:
    """Every ratio of these tables, those of one row and column at several sizes together."""
    values: dict[tuple[str, str, str], dict[int | None, float]] = {}
    for measured in found:
        for table in measured.tables:
            for row in table.rows:
                label = ", ".join(cell for cell in row if isinstance(cell, str))
                for column, cell in zip(table.columns, row, strict=True):
                    if IS_RATIO.search(column) and not isinstance(cell, str):
                        values.setdefault((table.title, label, column), {})[measured.customers] = float(cell)
    return [Ratio(*key, by_size) for key, by_size in values.items()]


def summary(found: Sequence[Measured], sizes: Sequence[int]) -> Table:
    """All ratios, by size."""
    rows: list[tuple[Cell, ...]] = []
    for measured in ratios(found):
        whole = measured.values.get(None)
        cells: list[Cell] = [
            _figures(measured.values.get(size, whole if n == 0 else None)) for n, size in enumerate(sizes)
        ]
        rows.append((measured.name, measured.row, measured.column, *cells, _figures(measured.growth)))
    columns = ("benchmark", "of", "ratio", *(f"{size:,}" for size in sizes), "grows")
    note = "Ratios within one run, by number of customers. What does not depend on it is in the first of these columns."
    return Table("All ratios", columns, rows, note)


def _figures(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _told(measured: Measured) -> str:
    size = "" if measured.customers is None else f" ({measured.customers:,} customers)"
    return "\n".join(replace(table, title=f"{table.title}{size}").text() for table in measured.tables)


def write(found: Sequence[Measured], sizes: Sequence[int], today: date, load: str) -> None:
    """Writes the last run into the README, and its picture beside it."""
    PICTURE.write_text(picture(ratios(found), sizes), encoding="utf-8")
    told = "\n".join((f"{heading(today)}{load}\n", "![The ratios](measured.svg)\n", summary(found, sizes).text()))
    tables = "\n".join(_told(measured) for measured in found)
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n\n{told}\n{tables}\n{END}{after}", encoding="utf-8")
