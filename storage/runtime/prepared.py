"""Statements that are made once and run many times, with the names of what each run gives them.

To make one of the planner's statements takes ten times as long as to run it, and all that time nobody is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Date, Select, bindparam, func, literal_column, select

from storage.schema import Instant

# For each that is asked for with other arguments another one is kept: arguments are shapes, never days or people.
prepared = lru_cache(maxsize=512)

NOW = bindparam("its_now", type_=Instant())
TODAY = bindparam("its_today", type_=Date())
DAY = bindparam("its_day", type_=Date())
BATCH = bindparam("its_batch", type_=BigInteger())


def there_is(*where: Any, correlate: Sequence[Any] = ()) -> Any:
    """An EXISTS that is asked row by row, for what an index answers.

    PostgreSQL makes a join of an EXISTS. Where it has no statistics, or where this very statement fills the table, it
    takes a hundred thousand rows for one and reads all of the other side for each of them: the time grows with the
    square. A scalar subquery is never made a join. It is compared with `>` since of that PostgreSQL expects a third
    of the rows, and of its contrary, too; of `IS NULL` it would expect hardly any.
    """
    query: Select[Any] = select(literal_column("1")).where(*where).limit(1)
    query = query.correlate(*correlate) if correlate else query  # else with all that is around it
    return func.coalesce(query.scalar_subquery(), literal_column("0")) > literal_column("0")
