"""Sums of money in the database that never fail, so that an absurd amount in one row does not break other answers.

SQLite's `sum()` fails the whole statement beyond 2^63, and PostgreSQL cannot turn such a sum into a BIGINT. Here a sum
is exact up to `MOST`; a larger one becomes `MOST`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# Up to here SQLite's `total()`, which uses floating point, is exact: the limit is 2^53.
MOST = 9 * 10**15  # minor units


class _Total(FunctionElement[int]):
    name = "total_of_money"
    type = BigInteger()
    inherit_cache = True


@compiles(_Total, "postgresql")
def _summed(element: _Total, compiler: SQLCompiler, **options: Any) -> str:
    return f"sum({compiler.process(element.clauses, **options)})"


@compiles(_Total, "sqlite")
def _totalled(element: _Total, compiler: SQLCompiler, **options: Any) -> str:
    return f"total({compiler.process(element.clauses, **options)})"


class _Bounded(FunctionElement[int]):
    name = "bounded_money"
    type = BigInteger()
    inherit_cache = True


@compiles(_Bounded, "postgresql")
def _least(element: _Bounded, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(least(greatest({compiler.process(element.clauses, **options)}, -{MOST}), {MOST}) AS BIGINT)"


@compiles(_Bounded, "sqlite")
def _min(element: _Bounded, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(min(max({compiler.process(element.clauses, **options)}, -{MOST}.0), {MOST}.0) AS INTEGER)"


def sum_of(amounts: ColumnElement[Any]) -> ColumnElement[int]:
    """The sum of amounts in minor units; 0 if there are none."""
    return _Bounded(func.coalesce(_Total(amounts), 0))


def running_sum_of(
    amounts: ColumnElement[Any], partition_by: Sequence[ColumnElement[Any]], order_by: ColumnElement[Any] | None = None
) -> ColumnElement[int]:
    """The same over a window."""
    return _Bounded(func.coalesce(_Total(amounts).over(partition_by=partition_by, order_by=order_by), 0))
