"""Heartbeats: when each part of the program last did its round. `bot.work.operations.monitoring` decides whether that
is too long ago."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import heartbeats

Part = Literal["planner", "sender", "guard", "attending", "watch", "cards"]


async def beat(conn: AsyncConnection, part: Part, now: datetime) -> None:
    """Stores that the part did its round."""
    await put(conn, heartbeats, ["part"], {"part": part, "at": now})


async def last_beat(conn: AsyncConnection, part: Part) -> datetime | None:
    """When the part last did its round; None if it never did."""
    at: datetime | None = (await conn.execute(_last(), {"part": part})).scalar()
    return at


@prepared
def _last() -> Select[*tuple[Any, ...]]:
    return select(heartbeats.c.at).where(heartbeats.c.part == bindparam("part", type_=Text()))


async def last_beats(conn: AsyncConnection) -> dict[str, datetime]:
    """When each part last did its round; parts that never did are left out."""
    return {row.part: row.at for row in (await conn.execute(_all())).all()}


@prepared
def _all() -> Select[*tuple[Any, ...]]:
    return select(heartbeats)


async def newest_beat(conn: AsyncConnection) -> datetime | None:
    """The newest heartbeat of any part."""
    newest: datetime | None = (await conn.execute(_newest())).scalar()
    return newest


@prepared
def _newest() -> Select[Any]:
    return select(func.max(heartbeats.c.at))
