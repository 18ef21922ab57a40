"""A connection that runs prepared statements straight on the driver, and all others as SQLAlchemy does.

Of a prepared statement (`storage.runtime.prepared`) all is known before it is run: its text, where each value goes, and
how its columns are read. So a run puts its values in their places, and hands the rows to a result of SQLAlchemy's, used
as any other. Where SQLAlchemy has more to do (defaults, savepoints, listeners, options of one run, long lists), it does
all of it.

`direct_statements` has what is quicker still, for statements that every update needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import CompoundSelect, CursorResult, Delete, Dialect, Executable, Insert, Select, Update
from sqlalchemy.engine import Connection, IteratorResult, RootTransaction
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter, _CoreAnyExecuteParams
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn
from sqlalchemy.util.concurrency import await_

from storage.runtime.direct_statements import (
    Form,
    Statement,
    Values,
    driver_cursor,
    failed,
    failed_before,
    one_trip_of,
    written_out,
)
from storage.runtime.sqlite_trips import OneTripConnection

LONGEST_LIST = 32  # of longer ones each length would be written out for few runs
KEPT = 4000  # prepared statements; the program has some hundreds, each in a few forms

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Run:
    """A statement with values of certain names, as it is written out for each length of their lists."""

    compiled: SQLCompiler
    lists: Sequence[str]
    metadata: SimpleResultMetaData
    forms: dict[tuple[int, ...], Form] = field(default_factory=dict)

    def form(self, dialect: Dialect, values: Values) -> Form | None:
        lengths: tuple[int, ...] = ()
        if self.lists:
            given = [values[name] for name in self.lists]
            if any(not isinstance(each, list | tuple) or len(each) > LONGEST_LIST for each in given):
                return None
            lengths = tuple(map(len, given))
        if (known := self.forms.get(lengths)) is None:
            known = self.forms[lengths] = written_out(dialect, self.compiled, values)
        return known


_Runs = dict[tuple[str, bool, tuple[str, ...]], _Run | None]  # None: only SQLAlchemy can run it
_prepared: dict[object, _Runs] = {}


def run_directly(statement: T) -> T:
    """Notes that this statement is prepared, or those of a tuple: there is one object for all its runs."""
    if isinstance(statement, tuple):
        for each in statement:
            run_directly(each)
    if isinstance(statement, Select | CompoundSelect | Insert | Update | Delete):
        if len(_prepared) >= KEPT:
            _prepared.clear()
        _prepared[statement] = {}
    return statement


class DirectResult(IteratorResult[*tuple[Any, ...]]):
    """The rows of a statement, and how many it has written."""

    def __init__(self, metadata: SimpleResultMetaData, rows: Sequence[Any], rowcount: int) -> None:
        super().__init__(metadata, iter(rows))
        self.rowcount = rowcount


class _Ready(NamedTuple):
    """A statement with its values in their places."""

    sql: str
    given: Sequence[tuple[Any, ...]]
    metadata: SimpleResultMetaData

    def result(self, rows: Sequence[Any], rowcount: int) -> CursorResult[Any]:
        return cast("CursorResult[Any]", DirectResult(self.metadata, rows, rowcount))


class DirectConnection(Connection):
    begins_with: str | None = "BEGIN"  # of SQLite's transactions
    opened_after_breaks = 0  # of other connections, and since when nobody uses it: for `storage.runtime.transactions`
    rests_since_s = 0.0

    def execute(
        self,
        statement: Executable,
        parameters: _CoreAnyExecuteParams | None = None,
        *,
        execution_options: CoreExecuteOptionsParameter | None = None,
    ) -> CursorResult[Any]:
        if ready := self.ready(statement, parameters, execution_options):
            return self.run(ready)
        return super().execute(statement, parameters, execution_options=execution_options)

    def ready(
        self,
        statement: Executable,
        parameters: _CoreAnyExecuteParams | None,
        execution_options: CoreExecuteOptionsParameter | None,
    ) -> _Ready | None:
        """The statement for the driver; None if SQLAlchemy has to run it."""
        runs = _prepared.get(statement)
        if runs is None or execution_options or not self._is_plain():
            return None
        # Nearly always a dict, and to ask whether one is a Sequence takes long.
        rows = [] if isinstance(parameters, dict) or not isinstance(parameters, Sequence) else list(parameters)
        values = rows[0] if rows else parameters if isinstance(parameters, dict | Mapping) else {}
        key = (self.dialect.name, len(rows) > 1, tuple(values))
        if key not in runs:
            runs[key] = _run_of(self.dialect, cast(Statement, statement), values, many=len(rows) > 1)
        run = runs[key]
        if run is None or (form := run.form(self.dialect, values)) is None:
            return None
        return _Ready(form.sql, [form.fill(each) for each in rows or [values]], run.metadata)

    def run(self, ready: _Ready) -> CursorResult[Any]:
        """For all who are in one of SQLAlchemy's greenlets."""
        dbapi: Any = self.connection.dbapi_connection
        try:
            if isinstance(dbapi, OneTripConnection):
                return ready.result(*await_(dbapi.run(ready.sql, ready.given)))
            cursor = driver_cursor(self)
            if len(ready.given) > 1:
                cursor.executemany(ready.sql, ready.given)
            else:
                cursor.execute(ready.sql, ready.given[0])
            return ready.result(list(cursor.fetchall()) if cursor.description else [], cursor.rowcount)
        except BaseException as error:
            failed(self, error, ready.sql)

    @property
    def commits_at_once(self) -> bool:
        """Whether a commit waits for nothing."""
        return (one_trip := one_trip_of(self)) is not None and one_trip.commits_at_once

    @property
    def is_heard(self) -> bool:
        """Whether somebody listens to what is done here, and perhaps does something then."""
        return bool(self._has_events or self.engine._has_events)

    def _begin_impl(self, transaction: RootTransaction) -> None:
        """SQLite's transaction begins with its first statement."""
        super()._begin_impl(transaction)
        dbapi: Any = self.connection.dbapi_connection
        begin = self._execution_options.get("duebot_begin", self.begins_with)
        if begin and isinstance(dbapi, OneTripConnection):
            dbapi.begin_with(begin)

    def _is_plain(self) -> bool:
        """A transaction, in which nothing failed, and nobody listens."""
        transaction = self._transaction
        return (
            transaction is not None
            and transaction.is_active
            and self._nested_transaction is None
            and not (self._echo or self.is_heard)
        )


class AsyncDirectConnection(AsyncConnection):
    """A `DirectConnection` for coroutines: on SQLite without SQLAlchemy's greenlets."""

    async def execute(
        self,
        statement: Executable,
        parameters: _CoreAnyExecuteParams | None = None,
        *,
        execution_options: CoreExecuteOptionsParameter | None = None,
    ) -> CursorResult[Any]:
        sync = cast(DirectConnection, self.sync_connection)
        ready = sync.ready(statement, parameters, execution_options)
        if ready is None:
            return await super().execute(statement, parameters, execution_options=execution_options)
        if (one_trip := one_trip_of(sync)) is None:
            return await greenlet_spawn(sync.run, ready)
        try:
            return ready.result(*await one_trip.run(ready.sql, ready.given))
        except BaseException as error:
            await greenlet_spawn(failed_before, sync, error, ready.sql)
            raise


def _run_of(dialect: Dialect, statement: Statement, values: Values, many: bool) -> _Run | None:
    names = sorted(values)
    compiled: Any = statement.compile(dialect=dialect, column_keys=names, for_executemany=many)
    lists = [name for bind, name in compiled.bind_names.items() if bind.expanding and name in values]
    if (
        compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.literal_execute_params
        or compiled._textual_ordered_columns
        or any(bind.expanding and bind.type._is_tuple_type for bind in compiled.bind_names)
        or (many and (lists or compiled.effective_returning))
    ):
        return None
    columns: Sequence[Any] = compiled._result_columns
    read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Run(compiled, lists, SimpleResultMetaData([column.keyname for column in columns], _processors=read))
