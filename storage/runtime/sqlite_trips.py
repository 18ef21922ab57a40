"""SQLite with one trip to the connection's thread for each statement.

SQLite has no server: its driver runs each call in a thread of the connection, and a trip there and back costs as much
as a short statement itself. SQLAlchemy's cursor makes four trips: to make a cursor, to run the statement, to fetch the
rows, to close the cursor. Here they are one, a transaction begins on the trip of its first statement, as it does with
PostgreSQL's driver, and a write whose result nobody needs (`direct_statements.tell`) goes with what comes next.
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
from sqlalchemy.util.concurrency import await_

READING = "BEGIN"  # how a transaction begins that writes nothing

_Statement = Callable[[Any], Any]  # done with a cursor of the driver's


@dataclass(frozen=True, slots=True)
class _Done:
    """What the driver's cursor said of a statement before it was closed."""

    rows: list[Any]
    description: Any = None
    rowcount: int = -1
    lastrowid: int = 0


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
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

    async def _run(self, statement: _Statement) -> None:
        connection: Any = self._connection
        before = self._adapt_connection.take_before()

        def run() -> _Done:
            cursor = connection._conn.cursor()
            try:
                for earlier in before:
                    earlier(cursor)
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
    __slots__ = ("_begin", "_put_off", "_reads")
    _cursor_cls: Any = OneTripCursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin: list[_Statement] = []
        self._put_off: list[_Statement] = []
        self._reads = False

    def begin_with(self, begin: str) -> None:
        """Begins a transaction with this statement before the next one; it is for reading if it is a plain BEGIN."""
        self._begin = [lambda cursor: cursor.execute(begin)]
        self._reads = begin == READING

    def put_off(self, statement: _Statement) -> None:
        self._put_off.append(statement)

    def take_before(self) -> list[_Statement]:
        """What has to be done before the next statement; it is taken on."""
        before, self._begin, self._put_off = self._begin + self._put_off, [], []
        return before

    async def all_rows(self, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[list[Any]]:
        """Runs these statements with their values, all on one trip; returns the rows of each."""
        connection: Any = self._connection
        before = self.take_before()

        def run() -> list[list[Any]]:
            cursor = connection._conn.cursor()
            try:
                for earlier in before:
                    earlier(cursor)
                return [cursor.execute(sql, values).fetchall() for sql, values in calls]
            finally:
                cursor.close()

        try:
            rows: list[list[Any]] = await connection._execute(run)
        except Exception as error:
            self._handle_exception(error)
        return rows

    async def run(self, sql: str, given: Sequence[tuple[Any, ...]]) -> tuple[list[Any], int]:
        """Runs a statement once for each of the values; gives its rows, and how many it has written."""
        connection: Any = self._connection
        before = self.take_before()

        def run() -> tuple[list[Any], int]:
            cursor = connection._conn.cursor()
            try:
                for earlier in before:
                    earlier(cursor)
                if len(given) == 1:
                    cursor.execute(sql, given[0])
                else:
                    cursor.executemany(sql, given)
                return cursor.fetchall() if cursor.description else [], cursor.rowcount
            finally:
                cursor.close()

        try:
            result: tuple[list[Any], int] = await connection._execute(run)
        except Exception as error:
            self._handle_exception(error)
        return result

    @property
    def commits_at_once(self) -> bool:
        """Whether a commit waits for nothing: no statement was run, or all of them were reading, so that nothing goes
        to the disk."""
        is_open = self._connection._connection is not None
        return is_open and not self._put_off and (self._reads or bool(self._begin))

    def commit(self) -> None:
        has_begun = not self._begin
        if self._put_off:
            self._do_and_commit(self.take_before())
        elif has_begun and self._connection.in_transaction:
            if self._reads:
                self._end_reading()
            else:
                super().commit()
        self._begin = []

    def _end_reading(self) -> None:
        """In this thread: it takes a microsecond, and a trip a hundred."""
        try:
            self._connection._conn.commit()
        except Exception as error:
            self._handle_exception(error)

    def _do_and_commit(self, before: list[_Statement]) -> None:
        connection: Any = self._connection

        def commit() -> None:
            cursor = connection._conn.cursor()
            try:
                for statement in before:
                    statement(cursor)
                connection._conn.commit()
            except BaseException:
                connection._conn.rollback()  # SQLAlchemy does not, after a commit
                raise
            finally:
                cursor.close()

        try:
            await_(connection._execute(commit))
        except Exception as error:
            self._handle_exception(error)

    def rollback(self) -> None:
        """The pool rolls back what it gets back; after a commit there is nothing open. A connection whose call was
        cancelled, so that its thread may still be at work, SQLAlchemy closes instead."""
        has_begun = not self._begin
        self.take_before()
        if has_begun and self._connection._connection and self._connection.in_transaction:
            super().rollback()


class OneTrip(AsyncAdapt_aiosqlite_dbapi):
    """The driver for `create_async_engine(module=…)`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> OneTripConnection:
        return OneTripConnection(self, super().connect(*arg, **kw)._connection)
