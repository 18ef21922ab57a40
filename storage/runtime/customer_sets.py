"""Some hundreds or thousands of customers, handed to a statement as one value, so that it reads nobody else.

A temporary table would not do, because PostgreSQL would not know its size; nor would a list of parameters: so the
statement is the same for any number of customers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Dialect,
    Subquery,
    Text,
    TypeDecorator,
    bindparam,
    column,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

_SETTINGS = {
    # Every join begins with the chosen customers and goes on by an index, in the order in which it is written: right
    # for some thousand customers whatever the tables hold, and whatever PostgreSQL knows of them.
    "join_collapse_limit": "1",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_bitmapscan": "off",
    # So a statement has one plan, which is made once in each connection; no time goes into machine code for a few rows.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


_SET_IN = "duebot_for_chosen"  # the transaction in which these settings hold


class Ids(TypeDecorator[Sequence[str]]):
    """Ids of customers as one text: an array's on PostgreSQL, a JSON list on SQLite."""

    impl = Text
    cache_ok = True
    array_of = "TEXT"

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str:
        return _as_one_text(tuple(value or ()), dialect.name)


@lru_cache(maxsize=16)  # some twenty statements in turn ask about the same customers, perhaps two slices at once
def _as_one_text(ids: tuple[str, ...], dialect: str) -> str:
    return _as_array(ids) if dialect == "postgresql" else json.dumps(ids)


def _as_array(texts: Sequence[str]) -> str:
    """Texts as PostgreSQL writes an array of them. Given a list, its driver would ask of each whether it is an array
    itself, which takes longer than all the rest."""
    plain = '","'.join(texts)
    if not texts or "\\" in plain or plain.count('"') > 2 * (len(texts) - 1):
        return _array([f'"{_escaped(text)}"' for text in texts])
    return f'{{"{plain}"}}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _array(elements: Iterable[str]) -> str:
    return f"{{{','.join(elements)}}}"


class Numbers(TypeDecorator[Sequence[int]]):
    """Numbers of rows, in the same way."""

    impl = Text
    cache_ok = True
    array_of = "BIGINT"

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> str:
        numbers = list(value or ())
        return _array(map(str, numbers)) if dialect.name == "postgresql" else json.dumps(numbers)


class _Column(TypeDecorator[Sequence[Any]]):
    """The values of a column of this type, as the text of an array of PostgreSQL's."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> str:
        values = value or ()
        if set(map(type, values)) == {str}:
            return _as_array(values)
        process: Callable[[Any], Any] | None = self.of.dialect_impl(dialect).bind_processor(dialect)
        # Days and instants repeat.
        written = {each: _as_element(each if process is None else process(each)) for each in set(values)}
        return _array(map(written.__getitem__, values))


def _as_element(value: Any) -> str:
    return "NULL" if value is None else f'"{_escaped(str(value))}"'


CHOSEN = bindparam("given_ids", type_=Ids())


class _IsAmong(FunctionElement[bool]):
    name = "is_among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLite would be asked whether it `= 1`, and so use no index."""
        return self


@compiles(_IsAmong, "postgresql")
def _any(element: _IsAmong, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    type_: Any = list(element.clauses)[1].type
    return f"{column} = ANY (CAST({ids} AS {type_.array_of}[]))"


@compiles(_IsAmong, "sqlite")
def _each(element: _IsAmong, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  # a column and a parameter


class _LookedAt(FunctionElement[Any]):
    name = "looked_at"
    inherit_cache = True


@compiles(_LookedAt, "postgresql")
def _plus_no_days(element: _LookedAt, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} + 0)"


@compiles(_LookedAt, "sqlite")
def _without_index(element: _LookedAt, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def looked_at(column: ColumnElement[date]) -> ColumnElement[date]:
    """The day, of rows that were found by something else: no index is taken for it."""
    element = _LookedAt(column)
    element.type = column.type
    return element


def is_chosen(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether this customer is one of those that the statement was given under `CHOSEN`."""
    return _IsAmong(customer_id, CHOSEN)


def is_among(column: ColumnElement[int], numbers: BindParameter[Any]) -> ColumnElement[bool]:
    """Whether the column has one of these `Numbers`."""
    return _IsAmong(column, numbers)


async def for_chosen(conn: AsyncConnection) -> None:
    """To be called in each transaction that asks about chosen customers, before it does."""
    if conn.dialect.name == "postgresql" and not is_for_chosen(conn):
        await set_locally(conn, _SETTINGS)
        conn.info[_SET_IN] = conn.sync_connection and conn.sync_connection.get_transaction()


def is_for_chosen(conn: AsyncConnection) -> bool:
    """Whether this transaction is one that asks about chosen customers."""
    transaction = conn.sync_connection and conn.sync_connection.get_transaction()
    return transaction is not None and conn.info.get(_SET_IN) is transaction


async def set_locally(conn: AsyncConnection, settings: dict[str, str]) -> None:
    """Settings of PostgreSQL until the transaction ends; of this program's own code."""
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    await conn.exec_driver_sql(f"SELECT {calls}")


class GivenRows:
    """Rows that are handed to a statement in the same way, with columns of these types: what was found in a look and is
    written next, so that it need not be found again."""

    def __init__(self, **columns: TypeEngine[Any]) -> None:
        self._columns = columns

    def rows(self, dialect: str) -> Subquery:
        """To be selected from, in the order in which they are given."""
        if dialect == "postgresql":
            given = {name: bindparam(f"given_{name}s", type_=_Column(type_)) for name, type_ in self._columns.items()}
            lists = (cast_to(given[name], ARRAY(type_)) for name, type_ in self._columns.items())
            columns = (column(name, type_) for name, type_ in self._columns.items())
            each = func.unnest(*lists).table_valued(*columns).render_derived()
            return select(*(each.c[name] for name in self._columns)).subquery()
        row = func.json_each(bindparam("given_rows", type_=Text())).table_valued("value")
        fields = (
            type_coerce(func.json_extract(row.c.value, literal_column(f"'$[{n}]'")), type_).label(name)
            for n, (name, type_) in enumerate(self._columns.items())
        )
        return select(*fields).subquery()

    def values(self, dialect: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        """The bind parameters for these rows."""
        if dialect == "postgresql":
            return {f"given_{name}s": [row[n] for row in rows] for n, name in enumerate(self._columns)}
        return {"given_rows": _as_json(rows)}


def _as_json(rows: Sequence[tuple[Any, ...]]) -> str:
    """A list of lists. Of texts in which there is nothing to escape, and of days and instants, which repeat, it is put
    together by column; anything else goes value by value."""
    columns = [_as_texts(column) for column in zip(*rows, strict=True)]
    if columns and None not in columns:
        text = '"],["'.join(map('","'.join, zip(*columns, strict=True)))
        if text.isprintable() and "\\" not in text and text.count('"') == 2 * (len(rows) * len(columns) - 1):
            return f'[["{text}"]]'
    return json.dumps(rows, default=_as_sqlite_has_it)


def _as_texts(values: Sequence[Any]) -> Sequence[str] | None:
    """The values of a column as texts; None if they are something else."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    if kinds <= {date, datetime}:
        return list(map({each: _as_sqlite_has_it(each) for each in set(values)}.__getitem__, values))
    return None


@lru_cache(maxsize=1000)
def _as_sqlite_has_it(value: date) -> str:
    """A day or an instant as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat()
