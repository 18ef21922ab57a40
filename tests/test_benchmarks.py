"""What is registered as a benchmark is found, and its ratios are put together by size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks import suite
from benchmarks.__main__ import ABOUT, BENCHMARKS
from benchmarks.picture import picture
from benchmarks.report import Table
from benchmarks.suite import Benchmark, Measured, measure, ratios, summary


class Extent:
    """As benchmarks have it whose work grows with the wallet."""

    def __init__(self, customers: int) -> None:
        self.customers = customers

    @classmethod
    def of(cls, customers: int) -> Extent:
        return cls(customers)


async def sized(extent: Extent | None = None) -> list[Table]:
    assert extent is not None
    return [Table("sized", ("database", "rows", "first, × raw"), [("sqlite", extent.customers, extent.customers / 50)])]


async def plain() -> list[Table]:
    return [Table("plain", ("way", "speed ÷ bare", "note"), [("ours", 0.5, "-")])]


async def test_ratios_of_all_sizes_stand_beside_each_other() -> None:
    said: list[str] = []

    async def here(run: Benchmark, arguments: Sequence[Any]) -> list[Table]:
        return await run(*arguments)

    found = await measure({"sized": sized, "plain": plain}, (100, 200), 2, said.append, here)

    assert [(one.name, one.customers) for one in found] == [("sized", 100), ("sized", 200), ("plain", None)]
    by_row = {(ratio.name, ratio.row): (dict(ratio.values), ratio.growth) for ratio in ratios(found)}
    assert by_row == {("sized", "sqlite"): ({100: 2.0, 200: 4.0}, 2.0), ("plain", "ours, -"): ({None: 0.5}, None)}
    assert summary(found, (100, 200)).rows[0] == ("sized", "sqlite", "first, × raw", "2", "4", "2")
    assert picture(ratios(found), (100, 200)).count("<rect") == 1 + 2 + 3
    assert "sized (200 customers)" in said[1]


def test_the_readme_has_a_place_for_what_was_measured() -> None:
    text = suite.README.read_text("utf-8")
    assert text.count(suite.BEGIN) == text.count(suite.END) == 1
    assert set(BENCHMARKS) < set(ABOUT)


def test_a_run_is_written_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{suite.BEGIN}\nold\n{suite.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(suite, "README", readme)
    monkeypatch.setattr(suite, "PICTURE", tmp_path / "measured.svg")
    found = [Measured("plain", None, [Table("plain", ("way", "× bare"), [("ours", 2.0)])])]
    suite.write(found, (100,), date(2026, 11, 29), "A load of 3.")
    text = readme.read_text("utf-8")
    assert "old" not in text and text.startswith("before") and text.endswith("after\n")
    assert "A load of 3." in text and (tmp_path / "measured.svg").exists()
