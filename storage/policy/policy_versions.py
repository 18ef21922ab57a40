"""Every version of a policy that was ever in force, so that what was done can be told by it, and finished under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import instalments, ladders, policy_versions


async def keep(conn: AsyncConnection, version: str, name: str, source: str, now: datetime) -> None:
    """Keeps a version that comes into force; one that was kept before stays as it is."""
    row = {"version": version, "name": name, "source": source, "first_used_at": now}
    await conn.execute(insert(conn, policy_versions).values(**row).on_conflict_do_nothing())


async def unfinished(conn: AsyncConnection, but_not: str) -> list[str]:
    """The sources of the versions, other than `but_not`, under which ladders were begun whose debts are not settled."""
    in_use = exists().where(
        ladders.c.policy_version == policy_versions.c.version,
        instalments.c.instalment_id == ladders.c.instalment_id,
        instalments.c.due_date == ladders.c.due_date,
        instalments.c.outstanding > 0,
    )
    query = select(policy_versions.c.source).where(policy_versions.c.version != but_not, in_use)
    return list((await conn.execute(query.order_by(policy_versions.c.first_used_at))).scalars())
