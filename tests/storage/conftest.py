"""Further fixtures for tests of storage: empty databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

KINDS = ("sqlite", "postgresql")


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
