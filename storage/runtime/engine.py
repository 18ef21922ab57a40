"""The connection to the database: which one, how a transaction begins, and what differs between the two.

SQLite runs in WAL mode; what writes takes the write lock at its beginning (BEGIN IMMEDIATE), so that two writers wait
for each other instead of failing half-way.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import CursorResult, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.runtime.failures import Unusable
from storage.runtime.failures import is_unavailable as is_unavailable  # it is asked for along with the database
from storage.runtime.private_files import make_private

Connection = AsyncConnection  # what rooms above hand from one query to the next

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

READ_ONLY = "25006"
PRAGMAS = (
    *("journal_mode = WAL", "foreign_keys = ON", "cache_size = -65536"),
    # What was written is on the disk before anybody is told so: Telegram repeats nothing that it was told was received.
    "synchronous = FULL",
    # What is erased is overwritten.
    "secure_delete = ON",
)
FILE = "duebot_file"

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
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        self._writing = self.engine.execution_options(duebot_begin="BEGIN IMMEDIATE")
        # One process never makes its own writers queue inside SQLite, where waiting is by polling.
        self._turn = asyncio.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """SQLite's file, which need not be there yet; None where there is none."""
        name = self.url.database or ""
        return Path(name) if self.is_sqlite and name not in ("", ":memory:") else None

    def make(self) -> None:
        """Makes SQLite's file where there is none, for its owner only; raises `Unusable`. Connecting makes none."""
        if self.path is not None:
            try:
                make_private(self.path)
            except OSError as error:
                raise Unusable(error.errno, error.strerror, str(self.path)) from None

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

    @asynccontextmanager
    async def outside_transactions(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement is by itself, for what no transaction may be around."""
        if self._turn is None:
            async with self.engine.connect() as conn:
                yield await conn.execution_options(isolation_level="AUTOCOMMIT")
        else:
            async with self._turn, self.engine.execution_options(duebot_begin=None).connect() as conn:
                yield conn

    async def close(self) -> None:
        await self.engine.dispose()


def _postgresql_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=10, max_overflow=20, pool_pre_ping=True, execution_options=COUNTED, hide_parameters=True
    )

    @event.listens_for(engine.sync_engine, "handle_error")
    def _mind(context: ExceptionContext) -> None:
        _without_link(context)
        # After a failover connections of before lead to what is no more than a standby now, and always would.
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True

    return engine


def _sqlite_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=8,
        max_overflow=8,
        connect_args={"timeout": 30},
        execution_options=COUNTED,
        hide_parameters=True,  # what people are called and write is in no error
    )
    sync = engine.sync_engine

    @event.listens_for(sync, "do_connect")
    def _never_make(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if arguments and arguments[0] != ":memory:":
            _look_at(str(arguments[0]))
            arguments[0], options["uri"] = f"file:{quote(str(arguments[0]))}?mode=rw", True

    @event.listens_for(sync, "connect")
    def _prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        record.info[FILE] = _identity(url)

    @event.listens_for(sync, "checkout")
    def _is_still_there(_connection: Any, record: Any, _proxy: Any) -> None:
        # What is written to a file that was removed or replaced is lost, and SQLite says nothing.
        if record.info.get(FILE) != _identity(url):
            raise DisconnectionError("the file is not the one that was opened")

    event.listen(sync, "handle_error", _without_link)

    @event.listens_for(sync, "begin")
    def _begin(connection: Any) -> None:
        if begin := connection.get_execution_options().get("duebot_begin", "BEGIN"):
            connection.exec_driver_sql(begin)

    return engine


def _without_link(context: ExceptionContext) -> None:
    """SQLAlchemy ends what it says with a link to its own documentation, which helps nobody who runs duebot."""
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.code = None


def _look_at(path: str) -> None:
    """Raises `Unusable` for a file that SQLite will not open: its driver would leave a thread behind at that. Nothing
    is opened here: to close a file again ends the locks that SQLite has on it in this process."""
    if not (file := Path(path)).is_file():
        what = errno.EISDIR if file.is_dir() else errno.ENOENT
    elif not os.access(path, os.R_OK):
        what = errno.EACCES
    else:
        return
    raise Unusable(what, os.strerror(what), path)


def _identity(url: URL) -> tuple[int, int] | None:
    """Which file that is; None where there is none."""
    try:
        found = Path(url.database or ":memory:").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


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
