"""What the program stores about itself: its name in Telegram, its secret, since when it has run. One row, with a column
for each.

Things of a subject (an outbox, a key against doing something twice, a pending change) are in a table of that subject;
`heartbeats` has when a part last worked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert, put
from storage.runtime.prepared import prepared
from storage.schema import program_state

_THE_ROW = 1


async def set_bot_username(conn: AsyncConnection, username: str) -> None:
    await _put(conn, bot_username=username)


async def bot_username(conn: AsyncConnection) -> str | None:
    """The bot's name in Telegram at its last run; None if it never ran."""
    name: str | None = await _read(conn, program_state.c.bot_username)
    return name


async def set_shown(conn: AsyncConnection, digest: str) -> None:
    """Stores what Telegram has accepted of the bot's menus and profile."""
    await _put(conn, shown_in_telegram=digest)


async def shown(conn: AsyncConnection) -> str | None:
    """What `set_shown` stored last; None if nothing was."""
    digest: str | None = await _read(conn, program_state.c.shown_in_telegram)
    return digest


async def claim_for_bot(conn: AsyncConnection, bot_id: int) -> int:
    """Stores the id of the bot that this database belongs to if there is none yet, and returns the stored one."""
    known: int | None = await _read(conn, program_state.c.bot_id)
    if known is None:
        known = await _keep_first(conn, program_state.c.bot_id, bot_id)
    return known


async def bot_id(conn: AsyncConnection) -> int | None:
    """The id of the bot that this database belongs to; None if no bot ever ran with it."""
    known: int | None = await _read(conn, program_state.c.bot_id)
    return known


async def change_bot(conn: AsyncConnection, bot_id: int) -> None:
    """From now on the database belongs to this bot. Its name is not known yet."""
    await _put(conn, bot_id=bot_id, bot_username=None)


async def keep_secret(conn: AsyncConnection, made: bytes) -> bytes:
    """Stores this secret if there is none yet, and returns the stored one: the first one stays valid."""
    known: bytes | None = await _read(conn, program_state.c.secret)
    if known is None:
        known = await _keep_first(conn, program_state.c.secret, made)
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


async def note_rival(conn: AsyncConnection, now: datetime, same_within: timedelta) -> None:
    """Stores that another program takes the bot's updates; since when, if that was also so a short time ago."""
    at = await _read(conn, program_state.c.rival_at)
    goes_on = at is not None and abs(now - at) <= same_within
    await _put(conn, rival_at=now, **({} if goes_on else {"rival_since": now}))


async def rival(conn: AsyncConnection) -> tuple[datetime, datetime] | None:
    """Since when another program took the bot's updates, and when it last did; None if none ever did."""
    row = (await conn.execute(_reading("rival_since", "rival_at"))).first()
    return None if row is None or row.rival_since is None else (row.rival_since, row.rival_at)


async def _keep_first(conn: AsyncConnection, column: Column[Any], value: Any) -> Any:
    """Stores `value` unless another process has just stored one, and returns the stored one."""
    first = insert(conn, program_state).values({"state_id": _THE_ROW, column.name: value})
    kept = func.coalesce(column, first.excluded[column.name])
    await conn.execute(first.on_conflict_do_update(index_elements=["state_id"], set_={column.name: kept}))
    known = await _read(conn, column)
    assert known is not None, "it was just written"
    return known


async def _put(conn: AsyncConnection, **values: Any) -> None:
    await put(conn, program_state, ["state_id"], {"state_id": _THE_ROW, **values})


async def _read(conn: AsyncConnection, column: Column[Any]) -> Any:
    return (await conn.execute(_reading(column.name))).scalar()


@prepared
def _reading(*names: str) -> Select[*tuple[Any, ...]]:
    return select(*(program_state.c[name] for name in names)).where(program_state.c.state_id == _THE_ROW)
