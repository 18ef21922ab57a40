"""Rows in PostgreSQL's binary format of COPY, column by column, in pieces that go to the server one after the other.

The driver writes rows, too. But it takes each cell by itself, looks up the zone of each instant, and sends nothing
before it has half a megabyte, for which the server waits. Here what rows have alike is written once, and the first
thousand rows are on their way after half a millisecond.

https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from struct import Struct
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text

from storage.tables.base import Instant

ROWS = 1000  # in one piece
BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
SAMPLE = 50  # values of a column of texts: if half of them differ, most do

_cells, _length = Struct(">h").pack, Struct(">i").pack
_bigint, _integer, _boolean = Struct(">iq").pack, Struct(">ii").pack, Struct(">i?").pack
_DAY_0, _INSTANT_0 = date(2000, 1, 1), datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Value = str | int | date | datetime
Parts = Sequence[Sequence[bytes]]
"""What a column has in each row, in one or more parts, each for all rows."""


def pieces(table: Table, columns: Mapping[str, Sequence[Any]]) -> Iterator[bytes]:
    """New rows, given column by column, all of the same length."""
    (number,) = set(map(len, columns.values()))
    of_columns = [(table.c[name], values) for name, values in columns.items()]
    yield BEGIN
    for start in range(0, number, ROWS):
        yield _rows([(column, values[start : start + ROWS]) for column, values in of_columns])
    yield END


def are_alike(values: Sequence[Any]) -> bool:
    return bool(values[0] == values[-1]) and values.count(values[0]) == len(values)


def _rows(columns: Sequence[tuple[Column[Any], Sequence[Any]]]) -> bytes:
    number = len(columns[0][1])
    parts: list[Sequence[bytes]] = []
    of_all = _cells(len(columns))  # what each row has in this place, of neighbouring columns
    for column, values in columns:
        if are_alike(values):
            of_all += _written(column, values[0])
            continue
        if of_all:
            parts.append([of_all] * number)
        parts += _parts(column, values)
        of_all = b""
    parts.append([of_all] * number)
    row_by_row = [b""] * (number * len(parts))
    for n, part in enumerate(parts):
        row_by_row[n :: len(parts)] = part
    return b"".join(row_by_row)


def _parts(column: Column[Any], values: Sequence[Any]) -> Parts:
    if None not in values:
        if isinstance(column.type, BigInteger):
            return [list(map(_bigint, repeat(8), values))]
        if isinstance(column.type, Text) and len(set(values[:SAMPLE])) > SAMPLE // 2:
            texts = list(map(str.encode, values))
            lengths = list(map(len, texts))
            written = {length: _length(length) for length in set(lengths)}
            return [list(map(written.__getitem__, lengths)), texts]
    known = {value: _written(column, value) for value in set(values)}
    return [list(map(known.__getitem__, values))]


def _written(column: Column[Any], value: Value | None) -> bytes:
    """One cell: the length of its value in bytes, and the value."""
    if value is None:
        return NULL
    for type_, write in _WRITE.items():
        if isinstance(column.type, type_):
            return write(value)
    raise TypeError(f"COPY writes no {column.type!r}, of which {column} is")


def _text(value: str) -> bytes:
    text = value.encode()
    return _length(len(text)) + text


def _instant(value: datetime) -> bytes:
    return _bigint(8, (value - _INSTANT_0) // _MICROSECOND)


_WRITE: Mapping[type, Callable[[Any], bytes]] = {
    Text: _text,
    BigInteger: lambda value: _bigint(8, value),
    Integer: lambda value: _integer(4, value),
    Boolean: lambda value: _boolean(1, value),
    Date: lambda value: _integer(4, (value - _DAY_0).days),
    Instant: _instant,
}
"""How a value that is not NULL is written, by the type of its column. The first one that fits: a BigInteger is an
Integer, too."""
