"""Half a year of thousands of random lives: at no hour is anybody silent, pestered, or told what is not so.

DUEBOT_SIM_SEED, DUEBOT_SIM_CUSTOMERS and DUEBOT_SIM_DAYS make another world of it, or a larger one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.simulation.one_thread import in_one_thread
from tests.simulation.simulation import Size, simulate


@pytest.mark.slow
async def test_for_half_a_year_nobody_is_silent_or_pestered(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_thread(monkeypatch)
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    size = Size.from_environment(seed=1, customers=2000, days=180)
    seen = await simulate(f"sqlite:///{tmp_path / 'duebot.db'}", size)
    assert seen.messages > size.customers * size.days / 200, "hardly anybody was told anything"
    assert seen.kills and seen.compared and seen.states.keys() == {"in_grace", "reached", "in_queue", "on_hold"}, seen


@pytest.mark.slow
async def test_nor_is_anybody_on_postgresql(postgresql: Postgres, postgresql_template: str) -> None:
    async with postgresql.database(postgresql_template) as address:
        seen = await simulate(address, Size.from_environment(seed=3, customers=200, days=25))
    assert seen.messages and seen.kills and seen.compared, seen
