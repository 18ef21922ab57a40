"""Some hundreds or thousands of customers, handed to a statement as one value, so that it reads nobody else.

No temporary table, of which PostgreSQL would know no size, and no list of parameters: the statement is the same for any
number of customers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_SETTINGS = {
    # Every join begins with the chosen customers and goes on by an index, in the order in which it is written: right
    # for some thousand customers whatever the tables hold, and whatever PostgreSQL knows of them.
    "join_collapse_limit": "1",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_bitmapscan": "off",
    # The sizes of tables are taken as they are now, and no time goes into machine code for a few rows.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}


class Ids(TypeDecorator[Sequence[str]]):
    """Ids of customers: an array on PostgreSQL, a JSON list on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        ids = list(value or ())
        return ids if dialect.name == "postgresql" else json.dumps(ids)


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
    return f"{column} = ANY ({ids})"


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


def looked_at(column: Column[date]) -> ColumnElement[date]:
    """The day, of rows that were found by something else: no index is taken for it."""
    element = _LookedAt(column)
    element.type = column.type
    return element


def is_chosen(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether this customer is one of those that the statement was given under `CHOSEN`."""
    return _IsAmong(customer_id, CHOSEN)


async def for_chosen(conn: AsyncConnection) -> None:
    """To be called in each transaction that asks about chosen customers, before it does."""
    if conn.dialect.name == "postgresql":
        await set_locally(conn, _SETTINGS)


async def set_locally(conn: AsyncConnection, settings: dict[str, str]) -> None:
    """Settings of PostgreSQL until the transaction ends; of this program's own code."""
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    await conn.exec_driver_sql(f"SELECT {calls}")
