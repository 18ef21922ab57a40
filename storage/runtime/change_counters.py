"""Counters of changes that other parts have to notice: when a number is different, they read again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, Text, bindparam, select
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
    return (await conn.execute(_counter(), {"given_subject": subject})).scalar() or 0


async def changed_at(conn: AsyncConnection, subject: Subject) -> datetime | None:
    """When the last change was; None if there was none."""
    row = (await conn.execute(_counter(), {"given_subject": subject})).first()
    return row.changed_at if row else None


@prepared
def _counter() -> Select[*tuple[Any, ...]]:
    of_subject = change_counters.c.subject == bindparam("given_subject", type_=Text())
    return select(change_counters.c.changes, change_counters.c.changed_at).where(of_subject)
