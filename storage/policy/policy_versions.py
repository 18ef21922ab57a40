"""Every policy version that was ever in force: past actions are explained by it, and begun ladders end under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy.archive import Kept
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import prepared
from storage.schema import instalments, ladders, policy_versions


async def keep(conn: AsyncConnection, version: str, name: str, source: str, now: datetime) -> None:
    """Stores a version that comes into force; one that is stored already stays unchanged."""
    row = {"version": version, "name": name, "source": source, "first_used_at": now}
    await conn.execute(_keeping(conn.dialect.name), row)


@prepared
def _keeping(dialect: str) -> Upsert:
    return insert_in(dialect, policy_versions).on_conflict_do_nothing()


async def unfinished(conn: AsyncConnection, current: str) -> list[str]:
    """The sources of earlier versions, without `current`, under which ladders began whose debts are not settled."""
    return list((await conn.execute(_unfinished(), {"given_current": current})).scalars())


async def latest(conn: AsyncConnection, most: int) -> list[Kept]:
    """The versions that came into force last, the newest first, `most` at most."""
    kept = policy_versions.c
    query = select(kept.version, kept.name, kept.source, kept.first_used_at)
    rows = await conn.execute(query.order_by(kept.first_used_at.desc(), kept.version).limit(most))
    return [Kept(row.version, row.name, row.source, row.first_used_at) for row in rows]


@prepared
def _unfinished() -> Select[str]:
    in_use = exists().where(
        ladders.c.policy_version == policy_versions.c.version,
        instalments.c.instalment_id == ladders.c.instalment_id,
        instalments.c.due_date == ladders.c.due_date,
        instalments.c.outstanding > 0,
    )
    earlier = policy_versions.c.version != bindparam("given_current", type_=policy_versions.c.version.type)
    query = select(policy_versions.c.source).where(earlier, in_use)
    return query.order_by(policy_versions.c.first_used_at)
