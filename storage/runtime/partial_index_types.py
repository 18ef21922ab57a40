"""Types of columns that a partial index is about: what they are compared with is written into the statement.

SQLite makes a statement anew each time a value is bound that decides whether such an index serves, which takes many
times as long as to run it; and a plan that PostgreSQL has made for any value uses no such index at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, literal_column
from sqlalchemy.sql import operators

_COMPARED = frozenset(
    {operators.eq, operators.ne, operators.gt, operators.le, operators.in_op, operators.not_in_op},
)
_WORD = re.compile(r"[a-z_]+")


def _written(value: Any) -> Any:
    """The value as SQL where it is one of the program's own words or nothing at all; else as it is, to be bound."""
    if isinstance(value, str) and _WORD.fullmatch(value):
        return literal_column(f"'{value}'", Text())
    if value == 0 and type(value) is int:
        return literal_column("0", BigInteger())
    if isinstance(value, list | tuple | set | frozenset):
        return [_written(each) for each in (value if isinstance(value, list | tuple) else sorted(value))]
    return value


def _compare(operate: Callable[..., Any], op: Any, *others: Any, **more: Any) -> Any:
    return operate(op, *(map(_written, others) if op in _COMPARED else others), **more)


class State(Text):
    """One of a few words of the program's own."""

    class comparator_factory(Text.Comparator[str]):  # as SQLAlchemy names it
        def operate(self, op: Any, *others: Any, **more: Any) -> Any:
            return _compare(super().operate, op, *others, **more)


class Left(BigInteger):
    """A sum of which it matters whether anything is left."""

    class comparator_factory(Integer.Comparator[int]):
        def operate(self, op: Any, *others: Any, **more: Any) -> Any:
            return _compare(super().operate, op, *others, **more)
