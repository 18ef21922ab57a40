"""Half a year of thousands of random lives: at no hour is anybody silent, pestered, or told what is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.simulation import Size, simulate


@pytest.mark.slow
async def test_nobody_is_silent_or_pestered_in_half_a_year(sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "duebot.db").write_bytes(sqlite_template.read_bytes())
    seen = await simulate(f"sqlite:///{tmp_path / 'duebot.db'}", Size.from_environment(1, 2000, 180))
    print(seen)
    assert seen.messages > 0
