"""The worlds of these tests, on SQLite and PostgreSQL; at the end of each, the program's output is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storage.runtime.engine import Database
from tests.conftest import Postgres, opened
from tests.faults.watching import TOKEN, WatchedTelegram
from tests.faults.world import World


@pytest.fixture
async def world(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[World]:
    """On SQLite, with Telegram reachable and the program not started."""
    async with a_world(sqlite_db, f"sqlite:///{tmp_path / 'duebot.db'}", tmp_path) as made:
        yield made


@pytest.fixture
async def postgresql_world(postgresql: Postgres, postgresql_template: str, tmp_path: Path) -> AsyncIterator[World]:
    """On a PostgreSQL database of its own, because programs that use it are killed."""
    async with (
        postgresql.database(postgresql_template) as address,
        opened(address) as db,
        a_world(db, address, tmp_path) as made,
    ):
        yield made


@pytest.fixture(params=["world", "postgresql_world"], ids=["sqlite", "postgresql"])
def any_world(request: pytest.FixtureRequest) -> World:
    made: World = request.getfixturevalue(request.param)
    return made


@asynccontextmanager
async def a_world(db: Database, address: str, folder: Path) -> AsyncIterator[World]:
    made = World(WatchedTelegram(), db, address, folder)
    await made.serve_telegram()
    try:
        yield made
    finally:
        await made.close()
        print("".join(made.program.output))  # pytest shows it when a test fails
    printed = "".join(made.program.output)
    assert TOKEN not in printed
    assert TOKEN.partition(":")[2] not in printed
    assert "Traceback" not in printed
