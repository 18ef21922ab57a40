"""The keys with which customers' histories are signed: their numbers, and which are withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import history_keys


async def present(conn: AsyncConnection, now: datetime) -> int:
    """The number of the key to sign with; the first one is made."""
    newest: int | None = (await conn.execute(select(func.max(history_keys.c.number)))).scalar()
    if newest is not None:
        return newest
    await conn.execute(insert(conn, history_keys).values(number=1, made_at=now).on_conflict_do_nothing())
    return 1


async def change(conn: AsyncConnection, now: datetime, *, withdraw: bool) -> int:
    """Makes the next key, and returns its number; `withdraw` ends the trust in all earlier ones."""
    number = await present(conn, now) + 1
    if withdraw:
        trusted = history_keys.c.withdrawn_at.is_(None)
        await conn.execute(update(history_keys).where(trusted).values(withdrawn_at=now))
    await conn.execute(insert(conn, history_keys).values(number=number, made_at=now))
    return number


async def state_of(conn: AsyncConnection, number: int) -> Literal["good", "withdrawn"] | None:
    """Whether the key of this number is trusted; None if there never was one."""
    query = select(history_keys.c.withdrawn_at).where(history_keys.c.number == number)
    row = (await conn.execute(query)).first()
    return None if row is None else "good" if row.withdrawn_at is None else "withdrawn"
