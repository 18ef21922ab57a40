"""Reads anything page by page: what a listing is, and the one statement that reads a page.

A page goes on after the last key of the one before, so that what is added or changed meanwhile is neither repeated nor
left out, and the last page of a million costs as much as the first. The
listings themselves are in `listing_fields`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

Kind = Literal["text", "whole", "money", "day", "instant", "flag"]
Comparison = Literal["is", "from", "to", "set"]  # equal; at least; at most; whether the column has a value


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row: how its value looks outside, and what it means. `money` is in minor units of the row's
    currency, in the field `currency`."""

    name: str
    column: ColumnElement[Any]
    kind: Kind
    meaning: str
    example: Any


@dataclass(frozen=True, slots=True)
class Filter:
    """A question that narrows a listing: `name=value`. For `set` the value is yes or no."""

    name: str
    column: ColumnElement[Any]
    kind: Kind
    comparison: Comparison = "is"


Row = dict[str, Any]
Value = str | int | bool | date | datetime  # of a key or a filter, as its kind says
Parts = Callable[[AsyncConnection, Sequence[Any]], Awaitable[Mapping[Any, list[Row]]]]


@dataclass(frozen=True, slots=True)
class Nested:
    """Rows that belong to a row, as a list in its field `name`; `of` reads them for the keys of a page."""

    name: str
    meaning: str
    fields: tuple[Field, ...]
    of: Parts


@dataclass(frozen=True, slots=True)
class Listing:
    """`one` is what one row is called; the first field is its key."""

    name: str
    one: str
    meaning: str
    source: FromClause
    fields: tuple[Field, ...]
    filters: tuple[Filter, ...] = ()
    where: tuple[ColumnElement[bool], ...] = ()
    nested: tuple[Nested, ...] = ()

    @property
    def key(self) -> Field:
        return self.fields[0]


async def page(
    conn: AsyncConnection,
    listing: Listing,
    filters: Mapping[Filter, Value],
    after: Value | None,
    most: int,
) -> list[Row]:
    """At most `most` rows of `listing` in the order of their keys, after the key `after` (None: from the beginning).
    `filters` has the value of each filter that narrows it."""
    query = _all(listing).order_by(listing.key.column).limit(most)
    for narrowed, value in filters.items():
        query = query.where(_compared(narrowed, value))
    if after is not None:
        query = query.where(listing.key.column > after)
    return await _rows(conn, listing, query)


async def one(conn: AsyncConnection, listing: Listing, key: Value) -> Row | None:
    found = await _rows(conn, listing, _all(listing).where(listing.key.column == key))
    return found[0] if found else None


def _all(listing: Listing) -> Select[*tuple[Any, ...]]:
    columns = [each.column.label(each.name) for each in listing.fields]
    return select(*columns).select_from(listing.source).where(*listing.where)


def _compared(narrowed: Filter, value: Value) -> ColumnElement[bool]:
    column: ColumnElement[Any] = narrowed.column
    compared: ColumnElement[bool] = column == value
    if narrowed.comparison == "from":
        compared = column >= value
    elif narrowed.comparison == "to":
        compared = column <= value
    elif narrowed.comparison == "set":
        compared = column.is_not(None) if value else column.is_(None)
    return compared


async def _rows(conn: AsyncConnection, listing: Listing, query: Select[*tuple[Any, ...]]) -> list[Row]:
    rows: list[Row] = [dict(row) for row in (await conn.execute(query)).mappings()]
    for nested in listing.nested:
        found = await nested.of(conn, [row[listing.key.name] for row in rows]) if rows else {}
        for row in rows:
            row[nested.name] = found.get(row[listing.key.name], [])
    return rows
