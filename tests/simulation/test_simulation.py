"""Nine weeks of hundreds of random lives: at no hour is a customer silent, told too often, or told something false.

There are two worlds. In that of nine weeks, on SQLite, some are in a segment with a jurisdiction's rules, which expire
in the fifth week without notice; in the other, of five weeks on PostgreSQL, all are alike, and steps are longer, as a
statement costs twice as much there. In the middle of each the policy changes. The weeks are chosen: 29 February is in
the fourth, clocks go on for the north in the fifth, and back for the south in the eighth. Each customer owes for two or
three months, which is enough for whatever may happen to a debt, and all that befalls a customer only once is drawn for
these weeks: more of them would only bring more of the same. DUEBOT_SIM_SEED makes other worlds; DUEBOT_SIM_CUSTOMERS
and DUEBOT_SIM_DAYS set their size. A failure names how to make its world again.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import Postgres
from tests.one_thread import in_one_thread
from tests.simulation.people import draw_zones
from tests.simulation.simulation import START, Size, simulate

SEED, DAYS = 10, 63
SEED_ON_POSTGRESQL, DAYS_ON_POSTGRESQL = 5, 35


@pytest.mark.slow(seconds=50)
async def test_for_nine_weeks_nobody_is_silent_or_pestered(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_thread(monkeypatch)
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    size = Size.from_environment(seed=SEED, customers=300, days=DAYS, longest_step=5)
    seen = await simulate(f"sqlite:///{tmp_path / 'duebot.db'}", size)
    assert seen.messages > size.customers * size.days / 200, f"hardly anybody was told anything: {size}, {seen}"
    assert seen.kills and seen.compared, f"{size}, {seen}"
    assert seen.states.keys() == {"in_grace", "reached", "in_queue", "on_hold"}, f"{size}, {seen}"


@pytest.mark.slow(seconds=25)
async def test_nor_is_anybody_on_postgresql(postgresql: Postgres, postgresql_template: str) -> None:
    size = Size.from_environment(seed=SEED_ON_POSTGRESQL, customers=200, days=DAYS_ON_POSTGRESQL, longest_step=8)
    async with postgresql.database(postgresql_template) as address:
        seen = await simulate(address, size)
    assert seen.messages and seen.kills and seen.compared, f"{size}, {seen}"


def test_meanwhile_there_is_a_leap_day_and_clocks_go_on_and_back() -> None:
    def hours_added(seed: int, days: int) -> list[float]:
        end = START + timedelta(days=days)
        zones = map(ZoneInfo, draw_zones(Random(seed)))
        offsets = [(START.astimezone(zone).utcoffset(), end.astimezone(zone).utcoffset()) for zone in zones]
        return [(after - before) / timedelta(hours=1) for before, after in offsets if before is not None and after]

    assert START < datetime(2028, 2, 29, tzinfo=UTC) < START + timedelta(days=DAYS_ON_POSTGRESQL)
    assert hours_added(SEED, DAYS) == [1, -0.5]
    assert hours_added(SEED_ON_POSTGRESQL, DAYS_ON_POSTGRESQL) == [1, 0]
