"""Statements that go straight to the driver: for the few that every update needs.

Of a statement that finds one row, SQLAlchemy takes nine tenths of the time: for each run it looks up what it has
compiled, expands lists, and builds a result. Here a statement is written out once for each dialect and each length of
its lists. Then only its values are put in their places, in the transaction of the connection. Types are converted, and
errors raised, as SQLAlchemy does.

The statements are SQLAlchemy's all the same (`prepared`); their values are `given_` parameters, also those of an INSERT
(`given_rows`). Defaults that SQLAlchemy would compute for a row are refused.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, NoReturn, cast

from sqlalchemy import BindParameter, CompoundSelect, Delete, Dialect, Insert, Select, Table, Update, bindparam
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn

from storage.runtime.sqlite_trips import OneTripConnection

Statement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete
Values = Mapping[str, Any]

_Process = Callable[[Any], Any]


async def ask(conn: AsyncConnection, *asked: tuple[Statement, Values]) -> list[list[Any]]:
    """The rows of each of these statements, as named tuples. On SQLite all of them are one trip."""
    sync = conn.sync_connection
    assert sync is not None
    forms = [_form(sync.dialect, statement, values) for statement, values in asked]
    calls = [(form.sql, form.fill(values)) for form, (_, values) in zip(forms, asked, strict=True)]
    if (one_trip := one_trip_of(sync)) is None:
        found = await greenlet_spawn(_run, sync, calls)
    else:
        _say(sync, *calls)
        try:
            found = await one_trip.all_rows(calls)
        except BaseException as error:
            await greenlet_spawn(failed_before, sync, error, calls[0][0])
            raise
    return [form.read(rows) for form, rows in zip(forms, found, strict=True)]


async def tell(conn: AsyncConnection, statement: Statement, rows: Sequence[Values]) -> None:
    """Runs a statement whose result nobody needs, once for each of the `rows`, which all have lists of the same
    lengths. SQLite does it with the next statement of its transaction."""
    if not rows:
        return
    sync = conn.sync_connection
    assert sync is not None
    form = _form(sync.dialect, statement, rows[0])
    given = [form.fill(values) for values in rows]
    dbapi: Any = sync.connection.dbapi_connection
    _say(sync, (form.sql, given))
    if isinstance(dbapi, OneTripConnection):
        dbapi.put_off(lambda cursor: cursor.executemany(form.sql, given))
    else:
        await greenlet_spawn(_run_many, sync, form.sql, given)


def given_rows(table: Table, names: Sequence[str], number: int) -> list[dict[str, BindParameter[Any]]]:
    """The values of an INSERT of so many rows, which `as_given` gives."""
    columns = [(name, table.c[name].type) for name in names]
    return [{name: bindparam(f"given_{name}_{at}", type_=type_) for name, type_ in columns} for at in range(number)]


def as_given(rows: Sequence[Values]) -> dict[str, Any]:
    """Rows for a statement with `given_rows`."""
    return {f"given_{name}_{at}": value for at, row in enumerate(rows) for name, value in row.items()}


def one_trip_of(sync: Connection) -> OneTripConnection | None:
    """The driver's connection to SQLite, which needs none of SQLAlchemy's greenlets."""
    dbapi: object = None if sync.closed or sync.invalidated else sync.connection.dbapi_connection
    return dbapi if isinstance(dbapi, OneTripConnection) else None


def _run(sync: Connection, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[list[Any]]:
    _say(sync, *calls)
    try:
        return [_rows(driver_cursor(sync), sql, values) for sql, values in calls]
    except BaseException as error:
        failed(sync, error, calls[0][0])


def _say(sync: Connection, *calls: tuple[str, Any]) -> None:
    """To who listens for statements, such as tests that count them."""
    if sync._has_events or sync.engine._has_events:
        for listener in sync.dispatch.before_cursor_execute:
            for sql, values in calls:
                listener(sync, None, sql, values, None, False)


def _rows(cursor: DBAPICursor, sql: str, values: tuple[Any, ...]) -> list[Any]:
    cursor.execute(sql, values)
    return cast(list[Any], cursor.fetchall())


def _run_many(sync: Connection, sql: str, given: Sequence[tuple[Any, ...]]) -> None:
    cursor = driver_cursor(sync)
    try:
        if len(given) == 1:
            cursor.execute(sql, given[0])
        else:
            cursor.executemany(sql, given)
    except BaseException as error:
        failed(sync, error, sql)


def driver_cursor(sync: Connection) -> DBAPICursor:
    """A cursor of PostgreSQL's driver, which knows since when statements that are ready are out of date."""
    cursor: Any = sync.connection.cursor()
    dialect: Any = sync.dialect
    cursor._invalidate_schema_cache_asof = dialect._invalidate_schema_cache_asof
    return cast(DBAPICursor, cursor)


def failed(sync: Connection, error: BaseException, sql: str) -> NoReturn:
    dialect: Any = sync.dialect
    if sync.dialect.name == "postgresql":
        # If a table was changed since its statements were made ready, they must be made ready again: else this fails
        # for as long as the connection is open. SQLAlchemy's context does it, and asks for nothing but the dialect.
        dialect.execution_ctx_cls.handle_dbapi_exception(sync, error)
    sync._handle_dbapi_exception(error, sql, None, None, None)


def failed_before(sync: Connection, error: BaseException, sql: str) -> NoReturn:
    """In a greenlet of SQLAlchemy's, what has failed outside of it."""
    try:
        raise error  # noqa: TRY301  # SQLAlchemy asks which one is being handled
    except BaseException as raised:
        failed(sync, raised, sql)


# --- What a statement is written out as ------------------------------------------------------------------------------


class _Place(NamedTuple):
    """What is put in one place of a statement: a given value, or one of a given list, or always the same."""

    name: str
    at: int | None  # in a given list
    process: _Process | None
    always: Any = None


@dataclass(frozen=True, slots=True)
class Form:
    sql: str
    places: Sequence[_Place]
    row: Callable[[Sequence[Any]], Any] = tuple
    processes: Sequence[tuple[int, _Process]] = ()  # of the columns that have one

    def fill(self, values: Values) -> tuple[Any, ...]:
        filled: list[Any] = []
        for name, at, process, always in self.places:  # in one function, since each update has fifty of them
            if not name:
                filled.append(always)
                continue
            value = values[name] if at is None else values[name][at]
            filled.append(value if process is None else process(value))
        return tuple(filled)

    def read(self, rows: Sequence[Any]) -> list[Any]:
        return [self.row(self._processed(row)) for row in rows] if self.processes else [*map(self.row, rows)]

    def _processed(self, row: Sequence[Any]) -> Sequence[Any]:
        read = list(row)
        for index, process in self.processes:
            read[index] = process(read[index])
        return read


_forms: dict[tuple[str, Statement, tuple[tuple[str, int], ...]], Form] = {}


def _form(dialect: Dialect, statement: Statement, values: Values) -> Form:
    lengths = tuple([(name, len(value)) for name, value in values.items() if isinstance(value, list | tuple)])
    key = (dialect.name, statement, lengths)
    if (known := _forms.get(key)) is None:
        known = _forms[key] = _form_of(dialect, statement, values)
    return known


def _form_of(dialect: Dialect, statement: Statement, values: Values) -> Form:
    compiled = statement.compile(dialect=dialect)
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError(f"defaults that SQLAlchemy computes are not known here: {compiled}")
    form = written_out(dialect, compiled, values)
    columns = list(statement.exported_columns)
    read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    row = namedtuple("row", [column.key for column in columns])  # type: ignore[misc]
    return replace(form, row=row._make, processes=[(n, process) for n, process in enumerate(read) if process])


def written_out(dialect: Dialect, compiled: SQLCompiler, values: Values) -> Form:
    """The text and the places of a statement for lists of these lengths."""
    state = compiled.construct_expanded_state(dict(values))
    # The state has those of lists only.
    processors = {**compiled._bind_processors, **state.processors}
    of_lists = {
        name: (given, index) for given, names in state.parameter_expansion.items() for index, name in enumerate(names)
    }

    def place(name: str) -> _Place:
        process = cast("_Process | None", processors.get(name))
        given, index = of_lists.get(name, (name, None))
        if given in values:
            return _Place(given, index, process)
        fixed = state.parameters[name]
        return _Place("", None, None, fixed if process is None else process(fixed))

    return Form(state.statement, [place(name) for name in state.positiontup or ()])
