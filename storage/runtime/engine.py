"""The connection to the database: its address, how a transaction begins, and how SQLite and PostgreSQL differ.

SQLite runs in WAL mode. A writing transaction takes the write lock with its first statement (BEGIN IMMEDIATE), so that
two writers wait for each other instead of failing half-way.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import CursorResult, Insert, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot import spans
from storage.runtime.compiled import CompiledStatements
from storage.runtime.database_url import NotADatabase as NotADatabase
from storage.runtime.database_url import database_url as database_url
from storage.runtime.direct_connection import DirectConnection, run_directly
from storage.runtime.failures import Unusable
from storage.runtime.failures import (
    is_unavailable as is_unavailable,
)  # imported from here by code that uses the database
from storage.runtime.private_files import make_private
from storage.runtime.shared_transactions import Together
from storage.runtime.sqlite_trips import OneTrip
from storage.runtime.transactions import KeptConnections, connection_for_several, one_of_several, transaction

A = TypeVar("A")
R = TypeVar("R")

Connection = AsyncConnection  # the type under which code above storage passes connections on

READ_ONLY = "25006"
PRAGMAS = (
    *("journal_mode = WAL", "foreign_keys = ON"),
    # A commit returns only when the data is on disk, because Telegram never repeats an update that was confirmed.
    "synchronous = FULL",
    # Deleted data is overwritten.
    "secure_delete = ON",
)
FILE, USED = "duebot_file", "duebot_used"  # what is noted of a connection: its file; when it was given back
STATEMENTS_READY = 1000  # in each of SQLite's connections: to prepare one takes longer than most take to run
STATEMENTS_PREPARED = 500  # in each of PostgreSQL's, where one takes 17 KB: no side of the program needs more
ASKED_AFTER_S = 0.2  # a connection that rested so long is asked whether it is alive

# The row count of an INSERT is kept, too.
COUNTED = {"preserve_rowcount": True}


class Database:
    """One database: `read()` and `write()` give a connection inside a transaction that ends with the block."""

    def __init__(self, address: str, *, cache_mb: int = 56) -> None:
        """`cache_mb` is for each of SQLite's connections: as much as a long import can use, too much for a program with
        many connections, for which the system keeps the file's pages in memory anyway."""
        self.url = database_url(address)
        self._kind = self.url.get_backend_name()  # sqlite, postgresql
        self.engine = _sqlite_engine(self.url, cache_mb) if self.is_sqlite else _postgresql_engine(self.url)
        is_usable = partial(_is_still_there, self.url) if self.is_sqlite else _has_just_been_used
        self._kept = KeptConnections(self.engine.sync_engine, is_usable)
        # On PostgreSQL a transaction sees with each statement what is committed by then, so to begin and end one is two
        # trips for nothing. What is read there must not need a transaction, and so it has none on SQLite either.
        self._reading = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._still = self.engine.execution_options(isolation_level="REPEATABLE READ")  # of PostgreSQL only
        # The writers of one process queue here and not inside SQLite, which waits by polling.
        self._turn = asyncio.Lock() if self.is_sqlite else None
        self._together: dict[Callable[..., Any], Together[Any, Any]] = {}

    @property
    def is_sqlite(self) -> bool:
        return self._kind == "sqlite"

    @property
    def path(self) -> Path | None:
        """SQLite's file, which may not exist yet; None in memory and for PostgreSQL."""
        name = self.url.database or ""
        return Path(name) if self.is_sqlite and name not in ("", ":memory:") else None

    def make(self) -> None:
        """Creates SQLite's file, readable by its owner only, if there is none; raises `Unusable`. Connecting never
        creates it."""
        if self.path is not None:
            try:
                make_private(self.path)
            except OSError as error:
                raise Unusable(error.errno, error.strerror, str(self.path)) from None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with spans.child("read", "client", db__system__name=self._kind):
            async with transaction(self.engine, self._kept) as conn:
                yield conn

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """As `read`, and all that is read is as it was at one moment, whatever others commit meanwhile."""
        if self.is_sqlite:
            async with self.read() as conn:
                yield conn
        else:
            with spans.child("read", "client", db__system__name=self._kind):
                async with transaction(self._still, self._kept) as conn:
                    yield conn

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        with spans.child("write", "client", db__system__name=self._kind):  # its turn is part of it
            if self._turn is None:
                async with transaction(self.engine, self._kept) as conn:
                    yield conn
            else:
                async with self._turn, transaction(self.engine, self._kept, begin="BEGIN IMMEDIATE") as conn:
                    yield conn

    @asynccontextmanager
    async def writes(self) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[AsyncConnection]]]:
        """`write` for several transactions, one after the other, on a connection that nobody else has between them:
        `data_version` tells whether anybody else has written meanwhile."""
        async with connection_for_several(self.engine, self._kept) as sync:

            @asynccontextmanager
            async def write() -> AsyncIterator[AsyncConnection]:
                with spans.child("write", "client", db__system__name=self._kind):
                    begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
                    async with self._turn or nullcontext(), one_of_several(self.engine, sync, begin) as conn:
                        yield conn

            yield write

    async def read_together(self, do: Callable[[AsyncConnection, Sequence[A]], Awaitable[Sequence[R]]], one: A) -> R:
        """The result for `one` of `do`, a function of a module that locks nothing: calls that come at the same time are
        done together (`shared_transactions`)."""

        async def read(all_: Sequence[A]) -> Sequence[R]:
            async with transaction(self._reading, self._kept, begin=None) as conn:
                return await do(conn, all_)

        with spans.child("read together", "client", db__system__name=self._kind):
            return await self._joined(do, read)(one)

    async def write_together(self, do: Callable[[AsyncConnection, Sequence[A]], Awaitable[Sequence[R]]], one: A) -> R:
        """As `read_together`, in a transaction that writes."""

        async def write(all_: Sequence[A]) -> Sequence[R]:
            async with self.write() as conn:
                return await do(conn, all_)

        with spans.child("write together", "client", db__system__name=self._kind):
            return await self._joined(do, write)(one)

    def _joined(
        self, do: Callable[..., Any], in_transaction: Callable[[Sequence[A]], Awaitable[Sequence[R]]]
    ) -> Together[A, R]:
        if do not in self._together:
            self._together[do] = Together(in_transaction)
        return self._together[do]

    @asynccontextmanager
    async def outside_transactions(self) -> AsyncIterator[AsyncConnection]:
        """A connection without transactions, for statements that must not run inside one."""
        await self._kept.release()
        if self._turn is None:
            async with self.engine.connect() as conn:
                yield await conn.execution_options(isolation_level="AUTOCOMMIT")
        else:
            async with self._turn, self.engine.execution_options(duebot_begin=None).connect() as conn:
                yield conn

    async def close(self) -> None:
        for together in list(self._together.values()):
            await together.end()
        await self._kept.release()
        await self.engine.dispose()


def _options() -> dict[str, Any]:
    return {**COUNTED, "compiled_cache": CompiledStatements()}


def _postgresql_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,  # the one that was used last has most statements ready, and need not be asked
        connect_args={"prepared_statement_cache_size": STATEMENTS_PREPARED},
        execution_options=_options(),
        hide_parameters=True,
    )
    sync = engine.sync_engine
    sync._connection_cls = DirectConnection

    @event.listens_for(sync, "checkin")
    def _note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[USED] = time.monotonic()

    @event.listens_for(sync, "checkout")
    def _is_usable(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        # To ask costs three trips to the server: too many before each transaction.
        now_s = time.monotonic()
        rested_s = now_s - record.info.get(USED, now_s)  # a new one has just been made
        if connection.driver_connection.is_closed() or (rested_s > ASKED_AFTER_S and not _is_alive(sync, connection)):
            raise InvalidatePoolError("the server has closed the connection")

    @event.listens_for(sync, "handle_error")
    def _mind(context: ExceptionContext) -> None:
        _without_link(context)
        # After a failover, old connections lead to a server that is only a standby now, so they are closed.
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True

    return engine


def _has_just_been_used(conn: DirectConnection) -> bool:
    """Otherwise the server is asked when the connection is taken from the pool."""
    is_closed: bool = conn.connection.driver_connection.is_closed()  # type: ignore[union-attr]
    return not is_closed and time.monotonic() - conn.rests_since_s <= ASKED_AFTER_S


def _is_alive(engine: Engine, connection: DBAPIConnection) -> bool:
    """Asks the server."""
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        if engine.dialect.is_disconnect(error, connection, None):
            return False
        raise


def _sqlite_engine(url: URL, cache_mb: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        module=OneTrip(),
        pool_size=8,
        max_overflow=8,
        connect_args={"timeout": 30, "cached_statements": STATEMENTS_READY},
        execution_options=_options(),
        hide_parameters=True,  # so that no names or messages are in errors
    )
    sync = engine.sync_engine
    sync._connection_cls = DirectConnection

    @event.listens_for(sync, "do_connect")
    def _never_make(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if arguments and arguments[0] != ":memory:":
            _look_at(str(arguments[0]))
            arguments[0], options["uri"] = f"file:{quote(str(arguments[0]))}?mode=rw", True

    @event.listens_for(sync, "connect")
    def _prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in (*PRAGMAS, f"cache_size = {-1024 * cache_mb}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        record.info[FILE] = _identity(url)

    @event.listens_for(sync, "checkout")
    def _is_the_file(_connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info.get(FILE) != _identity(url):
            raise DisconnectionError("the file is not the one that was opened")

    event.listen(sync, "handle_error", _without_link)

    return engine


def _is_still_there(url: URL, conn: DirectConnection) -> bool:
    """If the file was removed or replaced, writes to it are lost, and SQLite reports no error."""
    return conn.info.get(FILE) == _identity(url)


def _without_link(context: ExceptionContext) -> None:
    """Removes the link to SQLAlchemy's documentation from an error, because it does not help operators."""
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.code = None


def _look_at(path: str) -> None:
    """Raises `Unusable` for a file that SQLite cannot open, because its driver would leave a thread behind. The file is
    not opened here, because closing it would end SQLite's locks in this process."""
    if not (file := Path(path)).is_file():
        what = errno.EISDIR if file.is_dir() else errno.ENOENT
    elif not os.access(path, os.R_OK):
        what = errno.EACCES
    else:
        return
    raise Unusable(what, os.strerror(what), path)


def _identity(url: URL) -> tuple[int, int] | None:
    """The file's device and inode; None if there is no file."""
    try:
        found = os.stat(url.database or ":memory:")  # noqa: PTH116  a Path takes longer to make than this
    except OSError:
        return None
    return found.st_dev, found.st_ino


def insert(conn: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that supports ON CONFLICT, in the dialect of `conn`."""
    return insert_in(conn.dialect.name, table)


Upsert = postgresql.Insert | sqlite.Insert


def insert_in(dialect: str, table: Table) -> Upsert:
    """The same by the dialect's name, for prepared statements."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


async def rows_made(conn: AsyncConnection, result: CursorResult[Any]) -> int:
    """How many rows an INSERT made. Python's sqlite3 does not count them if the statement begins with WITH."""
    if result.rowcount >= 0 or conn.dialect.name != "sqlite":
        return result.rowcount
    return int((await conn.execute(text("SELECT changes()"))).scalar_one())


async def put(conn: AsyncConnection, table: Table, key: Sequence[str], row: Mapping[str, Any]) -> None:
    """Writes one row; a row with the same `key` is overwritten."""
    await put_all(conn, table, key, [row])


async def put_all(conn: AsyncConnection, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows with the same columns, as `put`."""
    if rows:
        statement = _putting(conn.dialect.name, table, tuple(key), tuple(rows[0]))
        await conn.execute(statement, [dict(row) for row in rows] if len(rows) > 1 else dict(rows[0]))


@lru_cache(maxsize=256)  # as `prepared`, which cannot be imported here, because it needs the tables
def _putting(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Insert:
    statement = insert_in(dialect, table)
    if rest := {name: statement.excluded[name] for name in names if name not in key}:
        return run_directly(statement.on_conflict_do_update(index_elements=list(key), set_=rest))
    return run_directly(statement.on_conflict_do_nothing(index_elements=list(key)))


async def data_version(conn: AsyncConnection) -> int:
    """SQLite's number for what others have written: it is another one than before on the same connection if another
    connection, of any process, has committed something since. What this connection commits does not change it."""
    return int((await conn.exec_driver_sql("PRAGMA data_version")).scalar_one())
