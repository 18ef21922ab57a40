"""The connection to the database: which one, how a transaction begins, and what differs between the two.

SQLite runs in WAL mode; what writes takes the write lock at its beginning (BEGIN IMMEDIATE), so that two writers wait
for each other instead of failing half-way.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import CursorResult, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection = AsyncConnection  # what rooms above hand from one query to the next

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

# What a database says while it is locked, restarting or out of reach: wait and try again, nothing is wrong with what
# was asked. A connection that closes in the middle comes as OSError from asyncpg or as an invalidated one.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout, OSError)
# SQLite says the same of a table that is not there as of a locked one; only its code tells them apart.
PASSING_IN_SQLITE = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL),
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY),
    }
)

# An INSERT tells how many rows it made, too.
COUNTED = {"preserve_rowcount": True}


class NotADatabase(ValueError):
    """The address names no database that duebot can use."""


def database_url(address: str) -> URL:
    """Maps `sqlite:///path` and `postgresql://…` to the drivers in use; raises `NotADatabase` for all else."""
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    kind = url.drivername.partition("+")[0] if url else ""
    if url is None or kind not in DRIVERS:
        raise NotADatabase("expected sqlite:///path or postgresql://user:password@host/name")
    if DRIVERS[kind].endswith("asyncpg") and "sslmode" in url.query:
        # What libpq calls sslmode, asyncpg calls ssl; the values are the same.
        mode = url.query["sslmode"]
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url.set(drivername=DRIVERS[kind])


class Database:
    """One database: `read()` and `write()` give a connection inside a transaction that ends with the block."""

    def __init__(self, address: str) -> None:
        self.url = database_url(address)
        self.engine = _engine(self.url)
        self._writing = self.engine.execution_options(duebot_begin="BEGIN IMMEDIATE")
        # One process never makes its own writers queue inside SQLite, where waiting is by polling.
        self._turn = asyncio.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.begin() as conn:
            yield conn

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        if self._turn is None:
            async with self.engine.begin() as conn:
                yield conn
        else:
            async with self._turn, self._writing.begin() as conn:
                yield conn

    async def close(self) -> None:
        await self.engine.dispose()


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url, pool_size=10, max_overflow=20, pool_pre_ping=True, execution_options=COUNTED, hide_parameters=True
        )
    engine = create_async_engine(
        url,
        pool_size=8,
        max_overflow=8,
        connect_args={"timeout": 30},
        execution_options=COUNTED,
        hide_parameters=True,  # what people are called and write is in no error
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -65536"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("duebot_begin", "BEGIN"))

    return engine


def insert(conn: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of `conn`."""
    return insert_in(conn.dialect.name, table)


def insert_in(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same for statements that are prepared: by the dialect's name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


async def rows_made(conn: AsyncConnection, result: CursorResult[Any]) -> int:
    """How many rows an INSERT made. Python's sqlite3 does not count where a statement begins with WITH."""
    if result.rowcount >= 0 or conn.dialect.name != "sqlite":
        return result.rowcount
    return int((await conn.execute(text("SELECT changes()"))).scalar_one())


async def put(conn: AsyncConnection, table: Table, key: Sequence[str], row: Mapping[str, Any]) -> None:
    """Writes one row, over the one with the same `key` if there is one."""
    await conn.execute(_putting(conn.dialect.name, table, tuple(key), tuple(row)), dict(row))


@lru_cache(maxsize=256)  # made once for each table, as in `prepared`, which builds on the tables and so on this
def _putting(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Any:
    statement = insert_in(dialect, table)
    if rest := {name: statement.excluded[name] for name in names if name not in key}:
        return statement.on_conflict_do_update(index_elements=list(key), set_=rest)
    return statement.on_conflict_do_nothing(index_elements=list(key))


def is_unavailable(error: BaseException) -> bool:
    """Whether waiting and trying again is the cure for `error`."""
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        code: int = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & 0xFF in PASSING_IN_SQLITE  # the lowest byte; what is above says more of the same
    if _is_out_of_something(error):
        return True
    return isinstance(error, UNAVAILABLE) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _is_out_of_something(error: BaseException) -> bool:
    """Whether the machine has no thread or no memory left just now: SQLite's driver needs a thread for a connection."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    )
