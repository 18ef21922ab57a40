"""Heartbeats: when each part of the program last did its round. `bot.work.operations.monitoring` decides whether that
is too long ago."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.direct_statements import as_given, ask, given_rows, tell
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import prepared
from storage.schema import heartbeats

Part = Literal["planner", "sender", "guard", "attending", "watch", "cards"]
DESK_UPKEEP: Part = "attending"
"""The name of desk upkeep in `heartbeats`, in `/metrics` and in troubles that supervisors were told of. It was released
so: dashboards ask for it, and processes of the last version write it while a new one is rolled out."""


async def beat(conn: AsyncConnection, part: Part, now: datetime) -> None:
    """Stores that the part did its round."""
    await tell(conn, _beat(conn.dialect.name), [as_given([{"part": part, "at": now}])])


@prepared
def _beat(dialect: str) -> Upsert:
    [row] = given_rows(heartbeats, ("part", "at"), 1)
    statement = insert_in(dialect, heartbeats).values(row)
    return statement.on_conflict_do_update(index_elements=["part"], set_={"at": statement.excluded.at})


async def last_beat(conn: AsyncConnection, part: Part) -> datetime | None:
    """When the part last did its round; None if it never did."""
    [rows] = await ask(conn, (_last(), {"given_part": part}))
    return rows[0].at if rows else None


@prepared
def _last() -> Select[*tuple[Any, ...]]:
    return select(heartbeats.c.at).where(heartbeats.c.part == bindparam("given_part", type_=Text()))


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
