"""Half a year of thousands of random lives: at no hour is a customer silent, told too often, or told something false.

There are two worlds: a long one of two thousand customers, some in a segment with a jurisdiction's rules, which expire
half-way without notice; and on PostgreSQL a small one where all customers are alike. DUEBOT_SIM_SEED makes other
worlds; DUEBOT_SIM_CUSTOMERS and DUEBOT_SIM_DAYS set their size. A failure names how to make its world again.

One world of two thousand takes two thirds of the time of two worlds of a thousand, since most of an hour's work is the
same for any number of customers.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.one_thread import in_one_thread
from tests.simulation.simulation import Size, simulate


@pytest.mark.slow(seconds=200)
async def test_for_half_a_year_nobody_is_silent_or_pestered(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_thread(monkeypatch)
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    size = Size.from_environment(seed=10, customers=2000, days=180)
    seen = await simulate(f"sqlite:///{tmp_path / 'duebot.db'}", size)
    assert seen.messages > size.customers * size.days / 200, f"hardly anybody was told anything: {size}, {seen}"
    assert seen.kills and seen.compared, f"{size}, {seen}"
    assert seen.states.keys() == {"in_grace", "reached", "in_queue", "on_hold"}, f"{size}, {seen}"


@pytest.mark.slow(seconds=20)
async def test_nor_is_anybody_on_postgresql(postgresql: Postgres, postgresql_template: str) -> None:
    size = Size.from_environment(seed=4, customers=200, days=25)
    async with postgresql.database(postgresql_template) as address:
        seen = await simulate(address, size)
    assert seen.messages and seen.kills and seen.compared, f"{size}, {seen}"
