"""Evenings whose states were not stored: which days, for which cause, and what is needed to compute one afterwards.

`storage.guarantee.states` stores an evening.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.guarantee.unwritten_evenings import Cause, InWords, NotRun
from storage.runtime import change_counters
from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import policy_versions, unwritten_evenings


async def leave_unwritten(conn: AsyncConnection, day: date, cause: NotRun, now: datetime) -> None:
    fields = {"not_run_since": cause.since, "ran_again_at": cause.until, "why_not_later": cause.why}
    await put(conn, unwritten_evenings, ["day"], {"day": day, "cause": str(cause), "noted_at": now, **fields})


async def unwritten(conn: AsyncConnection, first: date, last: date) -> dict[date, Cause]:
    """The days from `first` to `last` whose states were not stored, each with its cause."""
    query = select(unwritten_evenings).where(unwritten_evenings.c.day.between(first, last))
    return {row.day: _cause(row) for row in (await conn.execute(query)).all()}


def _cause(row: Row[*tuple[Any, ...]]) -> Cause:
    if row.not_run_since is None:
        return InWords(row.cause)
    return NotRun(row.not_run_since, row.ran_again_at, row.why_not_later)


async def facts_changed_at(conn: AsyncConnection) -> datetime | None:
    """When one of the wallet's facts last changed; None if none ever did."""
    return await change_counters.changed_at(conn, "facts")


async def policy_used_since(conn: AsyncConnection, version: str) -> datetime | None:
    """Since when this version of the policy has been in force; None if that is not known."""
    since: datetime | None = (await conn.execute(_used_since(), {"given_version": version})).scalar()
    return since


@prepared
def _used_since() -> Select[*tuple[Any, ...]]:
    this_version = policy_versions.c.version == bindparam("given_version", type_=Text())
    return select(func.min(policy_versions.c.first_used_at)).where(this_version)
