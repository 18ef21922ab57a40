"""Prepared statements: built once, run many times with new values.

Building one of the planner's statements takes ten times as long as running it, and meanwhile nobody is answered.

A bind parameter is named `given_` and what it is (`given_today`, `given_case_id`). No column has such a name, so it
cannot be mistaken for a column in the values of an INSERT or UPDATE.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import _lru_cache_wrapper, lru_cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Date, FromClause, Select, bindparam, func, literal_column, select

from storage.runtime.direct_connection import run_directly
from storage.schema import Instant

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


def prepared(build: Callable[..., T]) -> _lru_cache_wrapper[T]:
    """Keeps one statement for each set of arguments. Arguments describe its form; days and ids are bind parameters."""

    @wraps(build)
    def built(*shape: Hashable, **more: Hashable) -> T:
        return run_directly(build(*shape, **more))

    return lru_cache(maxsize=512)(built)


NOW = bindparam("given_now", type_=Instant())
TODAY = bindparam("given_today", type_=Date())
DAY = bindparam("given_day", type_=Date())
BATCH = bindparam("given_batch", type_=BigInteger())


def padded(values: Iterable[T]) -> list[T]:
    """The values for an IN list, the last one repeated up to a power of two: a list of every length would be another
    statement to the driver, which keeps only so many ready."""
    given = list(values)
    return given + given[-1:] * ((1 << (len(given) - 1).bit_length()) - len(given)) if given else given


def values_of(one: DataclassInstance) -> dict[str, object]:
    """The fields of a dataclass by name. `dataclasses.asdict` copies each value, which takes ten times as long."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def there_is(
    *where: ColumnElement[bool], correlate: Sequence[FromClause] = (), of: FromClause | None = None
) -> ColumnElement[bool]:
    """An EXISTS that is evaluated row by row. For conditions that an index answers.

    PostgreSQL turns an EXISTS into a join. If it has no statistics, or if this statement itself fills the table, it
    expects one row where there are a hundred thousand, and reads the whole other table for each of them: the time
    grows with the square. A scalar subquery never becomes a join. It is compared with `>` because PostgreSQL expects
    a third of the rows to match that, and a third to match its opposite; for `IS NULL` it would expect hardly any.
    """
    query: Select[Any] = select(literal_column("1")).where(*where).limit(1)
    query = query if of is None else query.select_from(of)
    query = query.correlate(*correlate) if correlate else query  # else it is correlated with every enclosing table
    return func.coalesce(query.scalar_subquery(), literal_column("0")) > literal_column("0")
