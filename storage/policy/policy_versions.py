"""Every policy version that was ever in force: past actions are explained by it, and begun ladders end under it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, bindparam, case, exists, or_, select
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


async def unfinished(conn: AsyncConnection, current: str) -> tuple[bool, list[str]]:
    """Whether the version `current` is stored, and the sources of earlier versions under which ladders began whose
    debts are not settled."""
    rows = (await conn.execute(_unfinished(), {"given_current": current})).all()
    return any(row.version == current for row in rows), [row.source for row in rows if row.version != current]


async def latest(conn: AsyncConnection, most: int) -> list[Kept]:
    """The versions that came into force last, the newest first, `most` at most."""
    kept = policy_versions.c
    query = select(kept.version, kept.name, kept.source, kept.first_used_at)
    rows = await conn.execute(query.order_by(kept.first_used_at.desc(), kept.version).limit(most))
    return [Kept(row.version, row.name, row.source, row.first_used_at) for row in rows]


@prepared
def _unfinished() -> Select[str, str]:
    in_use = exists().where(
        ladders.c.policy_version == policy_versions.c.version,
        instalments.c.instalment_id == ladders.c.instalment_id,
        instalments.c.due_date == ladders.c.due_date,
        instalments.c.outstanding > 0,
    )
    is_current = policy_versions.c.version == bindparam("given_current", type_=policy_versions.c.version.type)
    source = case((is_current, ""), else_=policy_versions.c.source).label("source")
    query = select(policy_versions.c.version, source).where(or_(is_current, in_use))
    return query.order_by(policy_versions.c.first_used_at)
