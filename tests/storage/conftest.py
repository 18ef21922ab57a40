"""Further fixtures for tests of storage: databases as new, where SQLite has no threads, because these take longer than
most statements; and empty databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.runtime.engine import Database
from tests.one_thread import in_one_thread

KINDS = ("sqlite", "postgresql")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture
def sqlite_db(kept_db: Database) -> Database:
    return kept_db


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest) -> str:
    """The address of a database without any table, once on SQLite and once on PostgreSQL."""
    address: str = request.getfixturevalue(f"empty_{request.param}")
    return address


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
async def empty_postgresql(postgresql) -> AsyncIterator[str]:
    async with postgresql.database() as address:
        yield address
