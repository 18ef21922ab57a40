"""SQLite with one trip to the connection's thread for each statement.

SQLite has no server: its driver runs each call in a thread of the connection, and a trip there and back costs as much
as a short statement itself. SQLAlchemy's cursor makes four trips: to make a cursor, to run the statement, to fetch the
rows, to close the cursor. Here they are one, and a transaction begins on the trip of its first statement, as it does
with PostgreSQL's driver.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


@dataclass(frozen=True, slots=True)
class _Done:
    """What the driver's cursor said of a statement before it was closed."""

    rows: list[Any]
    description: Any = None
    rowcount: int = -1
    lastrowid: int = 0


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()
    _adapt_connection: OneTripConnection

    def __init__(self, adapt_connection: OneTripConnection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor: Any = _Done([])
        self._rows = deque()

    @property
    def description(self) -> Any:
        return self._cursor.description

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run(lambda cursor: cursor.execute(operation, () if parameters is None else parameters))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Sequence[Any]) -> None:
        await self._run(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    async def _run(self, statement: Callable[[Any], Any]) -> None:
        connection: Any = self._connection
        begin = self._adapt_connection.take_begin()

        def run() -> _Done:
            if begin:
                connection._conn.execute(begin)
            cursor = connection._conn.cursor()
            try:
                statement(cursor)
                rows = cursor.fetchall() if cursor.description else []
                return _Done(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:
            self._cursor = await connection._execute(run)
        self._rows = deque(self._cursor.rows)

    async def _async_soft_close(self) -> None:
        """It is closed already."""

    def close(self) -> None:
        self._rows.clear()


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_begin",)
    _cursor_cls: Any = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin = ""

    def begin_with(self, begin: str) -> None:
        """Begins a transaction with this statement before the next one."""
        self._begin = begin

    def take_begin(self) -> str:
        begin, self._begin = self._begin, ""
        return begin

    def commit(self) -> None:
        if not self.take_begin():  # else there was no statement
            super().commit()

    def rollback(self) -> None:
        """The pool rolls back what it gets back; after a commit there is nothing open. A connection whose call was
        cancelled, so that its thread may still be at work, SQLAlchemy closes instead."""
        if not self.take_begin() and self._connection._connection and self._connection.in_transaction:
            super().rollback()


class OneTrip(AsyncAdapt_aiosqlite_dbapi):
    """The driver for `create_async_engine(module=…)`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> OneTripConnection:
        return OneTripConnection(self, super().connect(*arg, **kw)._connection)
