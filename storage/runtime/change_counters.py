"""Counters of changes that other parts have to notice: when a number is different, they read again."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.direct_statements import as_given, given_rows, tell
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import prepared
from storage.schema import change_counters

Subject = Literal["facts"]
"""facts: the wallet's files changed one, or a customer was forgotten."""


async def count_change(conn: AsyncConnection, subject: Subject, now: datetime) -> None:
    row = {"subject": subject, "changes": 1, "changed_at": now}
    await tell(conn, _count(conn.dialect.name), [as_given([row])])


@prepared
def _count(dialect: str) -> Upsert:
    [row] = given_rows(change_counters, ("subject", "changes", "changed_at"), 1)
    first = insert_in(dialect, change_counters).values(row)
    more = {"changes": change_counters.c.changes + 1, "changed_at": first.excluded.changed_at}
    return first.on_conflict_do_update(index_elements=["subject"], set_=more)


async def changes_of(conn: AsyncConnection, subject: Subject) -> int:
    """How many changes there were."""
    query = select(change_counters.c.changes).where(change_counters.c.subject == subject)
    return (await conn.execute(query)).scalar() or 0


async def changed_at(conn: AsyncConnection, subject: Subject) -> datetime | None:
    """When the last change was; None if there was none."""
    query = select(change_counters.c.changed_at).where(change_counters.c.subject == subject)
    at: datetime | None = (await conn.execute(query)).scalar()
    return at
