"""The PostgreSQL server of a run of tests: its settings, and databases that are made and dropped."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy.engine import make_url

# Nothing that a test wrote has to outlive the machine, and no autovacuum may hold a template that is being copied.
PG_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "'256MB'",
}


@dataclass
class Postgres:
    """A PostgreSQL server that belongs to the tests."""

    uri: str
    count: itertools.count[int]

    def __init__(self, uri: str) -> None:
        self.uri, self.count = uri, itertools.count(1)

    async def prepare(self) -> None:
        for name, value in PG_SETTINGS.items():
            await self._run(f"ALTER SYSTEM SET {name} = {value}")
        await self._run("SELECT pg_reload_conf()")

    @asynccontextmanager
    async def database(self, template: str = "template0") -> AsyncIterator[str]:
        """The address of a new database, a copy of `template`; gone with the block."""
        name = await self.create(template)
        try:
            yield self.address(name)
        finally:
            await self._drop(name)

    async def copied(self, template: str) -> str:
        return self.address(await self.create(template))

    async def drop(self, address: str) -> None:
        await self._drop(str(make_url(address).database))

    async def _drop(self, name: str) -> None:
        await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def create(self, template: str, name: str | None = None) -> str:
        name = name or f"test_{os.getpid()}_{next(self.count)}"
        # By files, a small database is copied and dropped in half the time that its pages through the log take.
        await self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def address(self, name: str) -> str:
        return self.uri.replace("/postgres?", f"/{name}?")

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.uri)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
