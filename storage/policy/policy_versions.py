"""Every policy version that was ever in force: past actions are explained by it, and begun ladders end under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import instalments, ladders, policy_versions


async def keep(conn: AsyncConnection, version: str, name: str, source: str, now: datetime) -> None:
    """Stores a version that comes into force; one that is stored already stays unchanged."""
    row = {"version": version, "name": name, "source": source, "first_used_at": now}
    await conn.execute(insert(conn, policy_versions).values(**row).on_conflict_do_nothing())


async def unfinished(conn: AsyncConnection, current: str) -> list[str]:
    """The sources of earlier versions, without `current`, under which ladders began whose debts are not settled."""
    in_use = exists().where(
        ladders.c.policy_version == policy_versions.c.version,
        instalments.c.instalment_id == ladders.c.instalment_id,
        instalments.c.due_date == ladders.c.due_date,
        instalments.c.outstanding > 0,
    )
    query = select(policy_versions.c.source).where(policy_versions.c.version != current, in_use)
    return list((await conn.execute(query.order_by(policy_versions.c.first_used_at))).scalars())
