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
from typing import Any, TypeVar, cast

from sqlalchemy import CompoundSelect, CursorResult, Delete, Dialect, Executable, Insert, Select, Update
from sqlalchemy.engine import Connection, IteratorResult, RootTransaction
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter, _CoreAnyExecuteParams
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler

from storage.runtime.direct_statements import Form, Statement, Values, driver_cursor, failed, written_out
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
    """Notes that this statement is prepared: there is one object for all its runs."""
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


class DirectConnection(Connection):
    def execute(
        self,
        statement: Executable,
        parameters: _CoreAnyExecuteParams | None = None,
        *,
        execution_options: CoreExecuteOptionsParameter | None = None,
    ) -> CursorResult[Any]:
        runs = _prepared.get(statement)
        if runs is not None and not execution_options and self._is_plain():
            rows = list(parameters) if isinstance(parameters, Sequence) else []
            values = rows[0] if rows else parameters if isinstance(parameters, Mapping) else {}
            run = self._run_of(cast(Statement, statement), runs, values, many=len(rows) > 1)
            form = run and run.form(self.dialect, values)
            if run and form:
                return self._run(run, form, rows or [values])
        return super().execute(statement, parameters, execution_options=execution_options)

    def _begin_impl(self, transaction: RootTransaction) -> None:
        """SQLite's transaction begins with its first statement."""
        super()._begin_impl(transaction)
        dbapi: Any = self.connection.dbapi_connection
        begin = self._execution_options.get("duebot_begin", "BEGIN")
        if begin and isinstance(dbapi, OneTripConnection):
            dbapi.begin_with(begin)

    def _is_plain(self) -> bool:
        """A transaction, in which nothing failed, and nobody listens."""
        transaction = self._transaction
        return (
            transaction is not None
            and transaction.is_active
            and self._nested_transaction is None
            and not (self._echo or self._has_events or self.engine._has_events)
        )

    def _run_of(self, statement: Statement, runs: _Runs, values: Values, *, many: bool) -> _Run | None:
        key = (self.dialect.name, many, tuple(values))
        if key not in runs:
            runs[key] = _run_of(self.dialect, statement, values, many)
        return runs[key]

    def _run(self, run: _Run, form: Form, rows: Sequence[Values]) -> CursorResult[Any]:
        dbapi: Any = self.connection.dbapi_connection
        given = [form.fill(values) for values in rows]
        try:
            if isinstance(dbapi, OneTripConnection):
                found, rowcount = dbapi.run(form.sql, given)
            else:
                cursor = driver_cursor(self)
                if len(given) > 1:
                    cursor.executemany(form.sql, given)
                else:
                    cursor.execute(form.sql, given[0])
                found, rowcount = list(cursor.fetchall()) if cursor.description else [], cursor.rowcount
        except BaseException as error:
            failed(self, error, form.sql)
        return cast(CursorResult[Any], DirectResult(run.metadata, found, rowcount))


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
