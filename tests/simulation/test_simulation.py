"""Half a year of thousands of random lives: at no hour is a customer silent, told too often, or told something false.

There are two worlds of a thousand customers each, so that two processes can share the work. In the one of half a year
some are in a segment with a jurisdiction's rules, which expire half-way without notice; in the other, of two months,
all are alike. A third, small one is on PostgreSQL. DUEBOT_SIM_SEED makes one other world instead of the two;
DUEBOT_SIM_CUSTOMERS and DUEBOT_SIM_DAYS set its size. A failure names how to make its world again.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.one_thread import in_one_thread
from tests.simulation.simulation import Size, simulate

WORLDS = [
    pytest.param(10, 180, marks=pytest.mark.slow(seconds=150)),
    pytest.param(1, 60, marks=pytest.mark.slow(seconds=50)),
]


@pytest.mark.parametrize(("seed", "days"), WORLDS[:1] if "DUEBOT_SIM_SEED" in os.environ else WORLDS)
async def test_for_half_a_year_nobody_is_silent_or_pestered(
    seed: int, days: int, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_thread(monkeypatch)
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    size = Size.from_environment(seed, customers=1000, days=days)
    seen = await simulate(f"sqlite:///{tmp_path / 'duebot.db'}", size)
    assert seen.messages > size.customers * size.days / 200, f"hardly anybody was told anything: {size}, {seen}"
    assert seen.kills and seen.compared, f"{size}, {seen}"
    assert seen.states.keys() == {"in_grace", "reached", "in_queue", "on_hold"}, f"{size}, {seen}"


@pytest.mark.slow(seconds=20)
async def test_nor_is_anybody_on_postgresql(postgresql: Postgres, postgresql_template: str) -> None:
    size = Size.from_environment(seed=3, customers=200, days=25)
    async with postgresql.database(postgresql_template) as address:
        seen = await simulate(address, size)
    assert seen.messages and seen.kills and seen.compared, f"{size}, {seen}"
