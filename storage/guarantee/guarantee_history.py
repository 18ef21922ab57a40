"""Evenings whose states were not stored: which days, for which cause, and what is needed to compute one afterwards.

`storage.guarantee.states` stores an evening.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.imports import STAMP
from storage.runtime.app_state import write_mark
from storage.schema import marks, policy_versions

UNWRITTEN = "unwritten "  # followed by the day


async def leave_unwritten(conn: AsyncConnection, day: date, cause: str, now: datetime) -> None:
    await write_mark(conn, f"{UNWRITTEN}{day.isoformat()}", cause, now)


async def unwritten(conn: AsyncConnection, first: date, last: date) -> dict[date, str]:
    """The days from `first` to `last` whose states were not stored, each with its cause, in order."""
    within = marks.c.name.between(f"{UNWRITTEN}{first.isoformat()}", f"{UNWRITTEN}{last.isoformat()}")
    rows = (await conn.execute(select(marks.c.name, marks.c.value).where(within).order_by(marks.c.name))).all()
    return {date.fromisoformat(row.name.removeprefix(UNWRITTEN)): row.value for row in rows}


async def facts_changed_at(conn: AsyncConnection) -> datetime | None:
    """When one of the wallet's facts last changed; None if none ever did."""
    changed_at: datetime | None = (await conn.execute(select(marks.c.at).where(marks.c.name == STAMP))).scalar()
    return changed_at


async def policy_used_since(conn: AsyncConnection, version: str) -> datetime | None:
    """Since when this version of the policy has been in force; None if that is not known."""
    query = select(func.min(policy_versions.c.first_used_at)).where(policy_versions.c.version == version)
    since: datetime | None = (await conn.execute(query)).scalar()
    return since
