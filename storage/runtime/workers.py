"""The processes that work on one PostgreSQL, each a row: who is alive, who leads, who has which part of the rate, which
person's updates each handles, and who wrote to which chat last. `bot.rules.runtime.workers` has the rules.

SQLite has one process only, and none of this. Every instant is the database's, so it works with any clock. Every lock
ends with its transaction, but for that of a `Session`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Double, Text, TextClause, bindparam, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.runtime.workers import Worker
from storage.runtime.engine import Database, is_unavailable, put
from storage.runtime.listening import connection_apart, used_alone
from storage.schema import chat_turns, lane_claims, workers

if TYPE_CHECKING:
    import asyncpg

# Advisory locks' numbers, beside that of `storage.runtime.migrate`.
BEATS, PLANNING, GUARD, SESSIONS = 0x64756563, 0x64756564, 0x64756565, 0x64756566
PLANNING_SIDES = (0x64756567, 0x64756568)  # of the slices that a round plans side by side
SESSION_WITHIN_S = 1.0  # much less than a lease

_NOW = "extract(epoch FROM clock_timestamp())::float8"
_LOCK = "SELECT set_config('idle_in_transaction_session_timeout', :idle_ms, true)"
_NOTHING = text("SELECT 1")
_READ_NOW = text(f"SELECT {_NOW}")
_COLUMNS = [workers.c[field.name] for field in fields(Worker)]
_SESSIONS = text(
    f"SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = {SESSIONS} AND granted"  # noqa: S608
    " AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_LIVING = f"SELECT 1 FROM workers WHERE alive_until_s > {_NOW}"  # noqa: S608
# What others have is left out before, and the rest is taken in order: so nobody waits for two that wait for each other.
# A row that somebody else has just made is looked at as it is now, which only its own columns are.
_CLAIM = text(
    "INSERT INTO lane_claims (lane, worker) SELECT lane, :worker FROM unnest(:lanes) AS given (lane)"  # noqa: S608
    " WHERE NOT EXISTS (SELECT 1 FROM lane_claims other WHERE other.lane = given.lane AND other.worker <> :worker"
    f" AND EXISTS ({_LIVING} AND workers.worker = other.worker)) ORDER BY lane"
    " ON CONFLICT (lane) DO UPDATE SET worker = excluded.worker WHERE lane_claims.worker = excluded.worker"
    f" OR NOT EXISTS ({_LIVING} AND workers.worker = lane_claims.worker) RETURNING lane"
).bindparams(bindparam("lanes", type_=ARRAY(Text())), bindparam("worker", type_=Text()))
_KEEP = text("DELETE FROM lane_claims WHERE worker = :worker AND lane <> ALL(:lanes)").bindparams(
    bindparam("lanes", type_=ARRAY(Text())), bindparam("worker", type_=Text())
)
_CLAIM_BY_FORCE = text(
    "INSERT INTO lane_claims (lane, worker) SELECT lane, :worker FROM unnest(:lanes) AS given (lane) ORDER BY lane"
    " ON CONFLICT (lane) DO UPDATE SET worker = excluded.worker"
).bindparams(bindparam("lanes", type_=ARRAY(Text())), bindparam("worker", type_=Text()))
_OTHERS = f"other.worker <> :worker AND other.until_s > {_NOW}"
_TAKE_TURNS = text(
    "INSERT INTO chat_turns (chat, worker, until_s)"  # noqa: S608
    f" SELECT chat, :worker, {_NOW} + :for_s FROM unnest(:chats) AS given (chat)"
    f" WHERE NOT EXISTS (SELECT 1 FROM chat_turns other WHERE other.chat = given.chat AND {_OTHERS}) ORDER BY chat"
    " ON CONFLICT (chat) DO UPDATE SET worker = excluded.worker, until_s = excluded.until_s"
    f" WHERE chat_turns.worker = excluded.worker OR chat_turns.until_s <= {_NOW} RETURNING chat"
).bindparams(
    bindparam("chats", type_=ARRAY(Text())), bindparam("worker", type_=Text()), bindparam("for_s", type_=Double())
)
_WAITS = text(f"SELECT chat, until_s - {_NOW} AS wait_s FROM chat_turns WHERE chat = ANY(:chats)").bindparams(  # noqa: S608
    bindparam("chats", type_=ARRAY(Text()))
)
_END_TURNS = text(
    f"UPDATE chat_turns SET until_s = least(until_s, {_NOW} + :for_s) WHERE chat = ANY(:chats) AND worker = :worker"  # noqa: S608
).bindparams(
    bindparam("chats", type_=ARRAY(Text())), bindparam("worker", type_=Text()), bindparam("for_s", type_=Double())
)


async def one_at_a_time(conn: AsyncConnection, *numbers: int, idle_s: int = 60) -> None:
    """Waits until no other process holds these locks, one after the other; they are held until the transaction ends. A
    process that stops in the middle of it loses its connection after `idle_s` seconds. On SQLite every writing
    transaction is alone anyway."""
    if conn.dialect.name == "postgresql":
        await conn.execute(_locking(numbers), {"idle_ms": str(idle_s * 1000)})


async def say(conn: AsyncConnection) -> None:
    """That the process which holds a lock with this connection has not stopped."""
    await conn.execute(_NOTHING)


@cache
def _locking(numbers: tuple[int, ...]) -> TextClause:
    return text(", ".join((_LOCK, *(f"pg_advisory_xact_lock({number})" for number in numbers))))


class Session:
    """A connection that a process keeps open as long as it lives. It holds a lock under its number, which PostgreSQL
    frees when the process was killed and so the connection is closed."""

    def __init__(self, connection: asyncpg.Connection, number: int) -> None:
        self._connection, self.number = connection, number

    @property
    def is_lost(self) -> bool:
        return bool(self._connection.is_closed())

    def close(self) -> None:
        self._connection.terminate()


async def open_session(db: Database) -> Session | None:
    """None if that does not succeed soon: then the process is known by what it writes."""
    number, connection = secrets.randbits(31), None
    try:
        async with asyncio.timeout(SESSION_WITHIN_S):
            connection = await connection_apart(db)
            with used_alone():
                await connection.execute(f"SELECT pg_advisory_lock({SESSIONS}, {number})")
    except BaseException as error:
        if connection is not None:
            connection.terminate()  # it may hold the lock by now
        if isinstance(error, TimeoutError) or is_unavailable(error):
            return None
        raise
    return Session(connection, number)


async def sessions(conn: AsyncConnection) -> set[int]:
    """The numbers of all sessions that are open."""
    return set((await conn.execute(_SESSIONS)).scalars())


async def everybody(conn: AsyncConnection) -> tuple[float, list[Worker]]:
    """The database's time in seconds, and all workers that are alive or were lately. To be called under the lock
    BEATS."""
    now_s: float = (await conn.execute(_READ_NOW)).scalar_one()
    rows = await conn.execute(select(*_COLUMNS).order_by(workers.c.worker))
    return now_s, [Worker(**row._mapping) for row in rows]


async def living(conn: AsyncConnection) -> dict[str, int]:
    """How many processes of each role are alive; on SQLite none is known."""
    if conn.dialect.name != "postgresql":
        return {}
    alive = workers.c.alive_until_s > literal_column(_NOW, Double())
    query = select(workers.c.role, func.count().label("n")).where(alive).group_by(workers.c.role)
    return {row.role: row.n for row in await conn.execute(query)}


async def write(conn: AsyncConnection, worker: Worker) -> None:
    await put(conn, workers, ["worker"], asdict(worker))


async def drop_dead(conn: AsyncConnection, before_s: float) -> None:
    """Deletes workers that have not counted since `before_s`, what they claimed, and turns in chats that are over."""
    await conn.execute(delete(workers).where(workers.c.counts_until_s < before_s))
    await conn.execute(delete(lane_claims).where(~select(1).where(workers.c.worker == lane_claims.c.worker).exists()))
    await conn.execute(delete(chat_turns).where(chat_turns.c.until_s < before_s))


async def claim_lanes(conn: AsyncConnection, worker: str, lanes: Collection[str]) -> set[str]:
    """Claims lanes of the inbox; returns those that are this worker's now: no other living worker had claimed them."""
    if not lanes:
        return set()
    return set((await conn.execute(_CLAIM, {"worker": worker, "lanes": sorted(lanes)})).scalars())


async def keep_lanes(conn: AsyncConnection, worker: str, lanes: Collection[str]) -> None:
    """Gives back all lanes that the worker has claimed, but for these."""
    await conn.execute(_KEEP, {"worker": worker, "lanes": sorted(lanes)})


async def claim_by_force(conn: AsyncConnection, worker: str, lanes: Collection[str]) -> None:
    """Claims lanes that certainly nobody else handles."""
    if lanes:
        await conn.execute(_CLAIM_BY_FORCE, {"worker": worker, "lanes": sorted(lanes)})


async def take_turns(conn: AsyncConnection, worker: str, chats: Collection[str], for_s: float) -> Mapping[str, float]:
    """Takes the turn in each of these chats where no other worker has it. Returns in how many seconds to ask again
    where one has, by chat."""
    given = {"worker": worker, "chats": sorted(chats), "for_s": for_s}
    refused = sorted(set(chats) - set((await conn.execute(_TAKE_TURNS, given)).scalars()))
    if not refused:
        return {}
    rows = await conn.execute(_WAITS, {"chats": refused})
    waits = {row.chat: max(0.0, row.wait_s) for row in rows}
    return {chat: waits.get(chat, 0.0) for chat in refused}


async def end_turns(conn: AsyncConnection, worker: str, chats: Collection[str], after_s: float) -> None:
    """Lets other workers write to these chats after so many seconds: what this one sent was answered."""
    if chats:
        await conn.execute(_END_TURNS, {"worker": worker, "chats": sorted(chats), "for_s": after_s})
