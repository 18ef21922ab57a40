"""Many rows in one statement, close to the driver: building a statement for each row would take longer than the rows.

New rows go by COPY on PostgreSQL, and some hundred in one statement on SQLite. Of those that may be known a batch is
one array for each column on PostgreSQL, one tuple for each row on SQLite.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, Table, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

GIVEN = "given_ids"
SEPARATOR = "\n"  # no id has it: all of its characters are printable
# In one of SQLite's statements, as many as fit. It takes 32,766 parameters. While a statement runs other threads have
# Python, and when it ends it waits for them: so they are few.
ROWS = (1000, 50, 1)
_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


async def add(
    conn: AsyncConnection, table: Table, columns: Mapping[str, Sequence[Any]], meanwhile: Callable[[], None]
) -> None:
    """Writes new whole rows, given column by column; an error if one of them is there already. `meanwhile` is called
    when they are ready for the database."""
    if conn.dialect.name == "postgresql":
        await _copy(conn, table, columns, meanwhile)
        return
    (key,) = (column.name for column in table.primary_key.columns)
    own = tuple(name for name, values in columns.items() if name == key or not _are_alike(values))
    shared = tuple(name for name in columns if name not in own)
    of_all = tuple(_written(table.c[name], columns[name][:1], conn.dialect)[0] for name in shared)
    written = [_written(table.c[name], columns[name], conn.dialect) for name in own]
    start, number = 0, len(columns[key])
    for count in ROWS:
        end = number - (number - start) % count
        statements = [(*of_all, *_row_by_row(written, first, count)) for first in range(start, end, count)]
        meanwhile()
        if statements:
            await conn.exec_driver_sql(_insert(table, shared, own, count), statements)
        start = end


def _row_by_row(columns: Sequence[Sequence[Any]], first: int, count: int) -> list[Any]:
    """The values of so many rows, one row after the other."""
    values: list[Any] = [None] * (count * len(columns))
    for n, column in enumerate(columns):
        values[n :: len(columns)] = column[first : first + count]
    return values


async def _copy(
    conn: AsyncConnection, table: Table, columns: Mapping[str, Sequence[Any]], meanwhile: Callable[[], None]
) -> None:
    driver: Any = (await conn.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():  # SQLAlchemy begins it with the first statement only
        await conn.exec_driver_sql("SELECT 1")
    await driver.copy_records_to_table(table.name, records=_rows(columns, meanwhile), columns=list(columns))


def _rows(columns: Mapping[str, Sequence[Any]], meanwhile: Callable[[], None]) -> Iterator[tuple[Any, ...]]:
    """`meanwhile` is called after the last row: until then another thread would only take turns with this one, and the
    server wait for both. After that the server looks up what each row refers to."""
    yield from zip(*columns.values(), strict=True)
    meanwhile()


def _are_alike(values: Sequence[Any]) -> bool:
    return bool(values[0] == values[-1]) and values.count(values[0]) == len(values)


async def upsert(conn: AsyncConnection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Writes whole rows, given column by column. Rows with the same primary key are overwritten."""
    names = tuple(columns)
    if conn.dialect.name == "postgresql":
        await conn.exec_driver_sql(_upsert_of_arrays(table, names), tuple(columns.values()))
    else:
        written = [_written(table.c[name], values, conn.dialect) for name, values in columns.items()]
        await conn.exec_driver_sql(_upsert_of_a_row(table, names), list(zip(*written, strict=True)))


def among(dialect: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether `column` is one of the ids that the statement is given with `ids_of`: one text, however many.

    PostgreSQL splits it when the statement runs. In its plan it would look at each of ten thousand ids, which takes
    longer than to find them, and go by the index all the same. Given as an array they would cost the driver more than
    all the rest: it looks at each item several times.
    """
    given = bindparam(GIVEN, type_=Text())
    if dialect == "postgresql":
        split = select(func.string_to_array(given, SEPARATOR, type_=ARRAY(Text))).scalar_subquery()
        return column == any_(cast(split, ARRAY(Text)))
    return column.in_(select(func.json_each(given).table_valued("value").c.value))


def ids_of(conn: AsyncConnection, ids: Iterable[str]) -> dict[str, Any]:
    """The parameter that `among` needs. PostgreSQL puts the ids in order before it looks them up, which takes longer
    than to find them, and Python sorts what is nearly sorted in a tenth of the time."""
    if conn.dialect.name == "postgresql":
        return {GIVEN: SEPARATOR.join(sorted(dict.fromkeys(ids)))}
    return {GIVEN: _as_json(list(dict.fromkeys(ids)))}


def _as_json(ids: Sequence[str]) -> str:
    """A list of texts, in which there is hardly ever anything to escape."""
    text = '","'.join(ids)
    plain = ids and text.isprintable() and "\\" not in text and text.count('"') == 2 * (len(ids) - 1)
    return f'["{text}"]' if plain else json.dumps(ids)


@lru_cache(maxsize=64)
def _insert(table: Table, shared: Sequence[str], own: Sequence[str], count: int) -> str:
    """So many rows. What all have alike is given once, before the rows."""
    row = ", ".join([*(f"?{n}" for n in range(1, len(shared) + 1)), *("?" * len(own))])
    values = ", ".join([f"({row})"] * count)
    return f"INSERT INTO {table.name} ({', '.join((*shared, *own))}) VALUES {values}"  # noqa: S608


@lru_cache(maxsize=64)
def _upsert_of_arrays(table: Table, names: tuple[str, ...]) -> str:
    types = (table.c[name].type.compile(dialect=_POSTGRESQL) for name in names)
    arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(types, 1))
    return _upsert(table, names, f"SELECT * FROM unnest({arrays})")  # noqa: S608


@lru_cache(maxsize=64)
def _upsert_of_a_row(table: Table, names: tuple[str, ...]) -> str:
    return _upsert(table, names, f"VALUES ({', '.join('?' * len(names))})")


def _upsert(table: Table, names: tuple[str, ...], rows: str) -> str:
    (key,) = (column.name for column in table.primary_key.columns)
    over = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    return f"INSERT INTO {table.name} ({', '.join(names)}) {rows} ON CONFLICT ({key}) DO UPDATE SET {over}"


def _written(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as the driver takes them. Instants and days repeat, so each is written once."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    known: dict[Any, Any] = {value: process(value) for value in set(values)}
    return [known[value] for value in values]
