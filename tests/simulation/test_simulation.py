"""Five months of hundreds of random lives: at no hour is a customer silent, told too often, or told something false.

There are two worlds. In that of five months, on SQLite, some are in a segment with a jurisdiction's rules, which expire
in its first weeks without notice; in the other, of six weeks on PostgreSQL, all are alike. In the middle of each the
policy changes. DUEBOT_SIM_SEED makes other worlds; DUEBOT_SIM_CUSTOMERS and DUEBOT_SIM_DAYS set their size. A failure
names how to make its world again.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.one_thread import in_one_thread
from tests.simulation.simulation import Size, simulate


@pytest.mark.slow(seconds=80)
async def test_for_five_months_nobody_is_silent_or_pestered(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_thread(monkeypatch)
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    size = Size.from_environment(seed=10, customers=300, days=150)
    seen = await simulate(f"sqlite:///{tmp_path / 'duebot.db'}", size)
    assert seen.messages > size.customers * size.days / 200, f"hardly anybody was told anything: {size}, {seen}"
    assert seen.kills and seen.compared, f"{size}, {seen}"
    assert seen.states.keys() == {"in_grace", "reached", "in_queue", "on_hold"}, f"{size}, {seen}"


@pytest.mark.slow(seconds=30)
async def test_nor_is_anybody_on_postgresql(postgresql: Postgres, postgresql_template: str) -> None:
    size = Size.from_environment(seed=1, customers=200, days=42)
    async with postgresql.database(postgresql_template) as address:
        seen = await simulate(address, size)
    assert seen.messages and seen.kills and seen.compared, f"{size}, {seen}"
