"""Types for columns in the condition of a partial index: values that they are compared with are written into the SQL.

With a bound value, SQLite prepares the statement again for each run to see whether the index can be used, which takes
much longer than running it; and PostgreSQL's generic plans never use such an index.
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
    """The value as SQL text, if it is one of the program's own words or 0; else unchanged, so that it is bound."""
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
    """A state: one of a few words defined by the program."""

    class comparator_factory(Text.Comparator[str]):  # as SQLAlchemy names it
        def operate(self, op: Any, *others: Any, **more: Any) -> Any:
            return _compare(super().operate, op, *others, **more)


class Left(BigInteger):
    """An amount that is often compared with 0: whether anything is left."""

    class comparator_factory(Integer.Comparator[int]):
        def operate(self, op: Any, *others: Any, **more: Any) -> Any:
            return _compare(super().operate, op, *others, **more)
