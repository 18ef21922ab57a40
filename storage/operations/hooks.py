"""Hooks: where signed events go, and by what they are signed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import hooks, outgoing_events


@dataclass(frozen=True, slots=True)
class Hook:
    """`events` are its kinds with commas, `*` for all. `secrets` sign its events, the newest first; none: the settings'
    do. `ended_at`: the receiver said that it is gone."""

    hook_id: int
    url: str = field(repr=False)  # some have a secret in it
    events: str
    token: str
    made_at: datetime
    secrets: tuple[str, ...] = field(default=(), repr=False)
    delivered_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many of a hook's events wait and are parked, since when the first waits, and why the last parked one is."""

    waiting: int = 0
    waits_since: datetime | None = None
    parked: int = 0
    reason: str | None = None


async def all_hooks(conn: AsyncConnection, now: datetime) -> list[Hook]:
    rows = (await conn.execute(select(hooks).order_by(hooks.c.hook_id))).all()
    return [_hook(row, now) for row in rows]


async def find(conn: AsyncConnection, name: str, now: datetime) -> Hook | None:
    """By its address, or its number."""
    is_it = hooks.c.hook_id == int(name) if name.isdecimal() and len(name) < 10 else hooks.c.url == name
    row = (await conn.execute(select(hooks).where(is_it))).first()
    return _hook(row, now) if row else None


async def add(conn: AsyncConnection, url: str, events: str, token: str, secret: str | None, now: datetime) -> Hook:
    row = {"url": url, "events": events, "token": token, "secret": secret, "made_at": now}
    made = (await conn.execute(hooks.insert().values(**row).returning(hooks))).one()
    return _hook(made, now)


async def change(conn: AsyncConnection, hook_id: int, **values: Any) -> None:
    """Changes these columns of a hook."""
    await conn.execute(update(hooks).where(hooks.c.hook_id == hook_id).values(**values))


async def remove(conn: AsyncConnection, hook_id: int) -> int:
    """Ends a hook, with all that it has not got yet. Returns how many events waited or were parked."""
    lost = outgoing_events.c.state.in_(("waiting", "parked"))
    count = select(func.count()).where(outgoing_events.c.hook_id == hook_id, lost)
    left = (await conn.execute(count)).scalar_one()
    await conn.execute(delete(hooks).where(hooks.c.hook_id == hook_id))
    await conn.execute(delete(outgoing_events).where(outgoing_events.c.hook_id == hook_id))
    return left


async def backlogs(conn: AsyncConnection) -> dict[int, Backlog]:
    """By the hook's number; hooks that have no event left to deliver are not in it."""
    e = outgoing_events.c
    parked = (e.state == "parked", e.ended_at.is_not(None))  # as the index has it
    last = select(func.max(e.event_number)).where(*parked).group_by(e.hook_id)
    why = select(e.hook_id, e.reason).where(e.event_number.in_(last))
    reasons = {row.hook_id: row.reason for row in (await conn.execute(why)).all()}
    counted = select(e.hook_id, func.count().label("n"), func.min(e.at).label("since")).group_by(e.hook_id)
    found: dict[int, Backlog] = {}
    for row in (await conn.execute(counted.where(*parked))).all():
        found[row.hook_id] = Backlog(parked=row.n, reason=reasons.get(row.hook_id))
    for row in (await conn.execute(counted.where(e.state == "waiting"))).all():
        found[row.hook_id] = replace(found.get(row.hook_id, Backlog()), waiting=row.n, waits_since=row.since)
    return found


def _hook(row: Row[Any], now: datetime) -> Hook:
    valid = row.older_until is not None and now < row.older_until
    secrets = (row.secret, row.older_secret if valid else None)
    return Hook(
        row.hook_id,
        row.url,
        row.events,
        row.token,
        row.made_at,
        tuple(secret for secret in secrets if secret),
        row.delivered_at,
        row.ended_at,
    )
