"""What the program stores about itself: its name in Telegram, its secret, since when it has run. One row, with a column
for each.

Things of a subject (an outbox, a key against doing something twice, a pending change) are in a table of that subject;
`heartbeats` has when a part last worked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert, put
from storage.schema import program_state

_THE_ROW = 1


async def set_bot_username(conn: AsyncConnection, username: str) -> None:
    await _put(conn, bot_username=username)


async def bot_username(conn: AsyncConnection) -> str | None:
    """The bot's name in Telegram at its last run; None if it never ran."""
    name: str | None = await _read(conn, program_state.c.bot_username)
    return name


async def keep_secret(conn: AsyncConnection, made: bytes) -> bytes:
    """Stores this secret if there is none yet, and returns the stored one: the first one stays valid."""
    known: bytes | None = await _read(conn, program_state.c.secret)
    if known is None:
        first = insert(conn, program_state).values(state_id=_THE_ROW, secret=made)
        kept = func.coalesce(program_state.c.secret, first.excluded.secret)
        await conn.execute(first.on_conflict_do_update(index_elements=["state_id"], set_={"secret": kept}))
        known = await _read(conn, program_state.c.secret)
    assert known is not None, "it was just written"
    return known


async def set_started(conn: AsyncConnection, now: datetime) -> None:
    await _put(conn, started_at=now)


async def started_at(conn: AsyncConnection) -> datetime | None:
    """The time from which the program's parts have time for a first round."""
    at: datetime | None = await _read(conn, program_state.c.started_at)
    return at


async def probe_write(conn: AsyncConnection, now: datetime) -> None:
    """Writes something, to see whether the database accepts it."""
    await _put(conn, write_probed_at=now)


async def _put(conn: AsyncConnection, **values: Any) -> None:
    await put(conn, program_state, ["state_id"], {"state_id": _THE_ROW, **values})


async def _read(conn: AsyncConnection, column: Column[Any]) -> Any:
    return (await conn.execute(select(column).where(program_state.c.state_id == _THE_ROW))).scalar()
