"""Transactions, and the connections that are kept from one to the next.

`AsyncEngine.begin` makes four trips into SQLAlchemy, and a task of its own for the last. To take a connection from the
pool, and to give it back, makes a dozen objects and asks all of the pool's events, which takes longer than most of our
statements. So here a connection stays open after its transaction, and the next one has it at once. It goes back into
the pool if something has failed, if it rested for long, if somebody waits for one, and if the pool would not keep it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from typing import cast

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import greenlet_spawn

from storage.runtime.direct_connection import AsyncDirectConnection, DirectConnection

NUMBER = "duebot_opened_as"  # noted of a connection when it is first used


class KeptConnections:
    """The open connections to a database that no transaction has now. The next one gets the one that has been there
    longest: each of SQLite's keeps the statements ready that it has run, and to prepare one of the planner's takes
    longer than to run it. The one that was given back last may be one that somebody needed for a moment. So nearly all
    statements are run on the same few connections, however many are open."""

    def __init__(self, engine: Engine, is_usable: Callable[[DirectConnection], bool]) -> None:
        """`is_usable` asks no server. A connection that is not goes back into the pool, which asks."""
        self._engine = engine
        self._is_usable = is_usable
        self._idle: dict[AsyncEngine, list[tuple[int, DirectConnection]]] = defaultdict(list)
        self._numbers = count()
        self._waiting = 0
        self._breaks = 0  # how often a connection broke: then the pool asks all that were open
        event.listen(engine, "invalidate", self._one_broke)

    def __len__(self) -> int:
        return sum(map(len, self._idle.values()))

    async def take(self, engine: AsyncEngine) -> DirectConnection:
        """A connection for `give_back`, or to be closed. The engine has options of its own and shares the pool."""
        if idle := self._idle[engine]:
            conn = heappop(idle)[1]
            if conn.opened_after_breaks == self._breaks and self._is_usable(conn):
                return conn
            await close(conn)
        elif self._pool.checkedin() == 0:
            await self.release()  # those of other engines, so that nobody waits for them
        opened: list[DirectConnection] = []
        self._waiting += 1
        try:
            await greenlet_spawn(lambda: opened.append(DirectConnection(engine.sync_engine)))
        except BaseException:
            for conn in opened:
                await close(conn)
            raise
        finally:
            self._waiting -= 1
        opened[0].opened_after_breaks = self._breaks
        opened[0].info.setdefault(NUMBER, next(self._numbers))
        return opened[0]

    def give_back(self, engine: AsyncEngine, conn: DirectConnection) -> Awaitable[None] | None:
        """Keeps a connection whose transaction is over. If that cannot be, what has to be awaited."""
        is_whole = conn.opened_after_breaks == self._breaks and not conn.invalidated and not conn.in_transaction()
        if not is_whole or self._waiting:
            return close(conn)
        if len(self) >= self._pool.size():
            conn.detach()  # else the pool would keep as many more
            return close(conn)
        conn.rests_since_s = time.monotonic()
        heappush(self._idle[engine], (conn.info[NUMBER], conn))
        return None

    async def release(self) -> None:
        """Gives all back to the pool: for who takes one from there."""
        for idle in list(self._idle.values()):  # meanwhile there may be one more kind
            while idle:
                await close(heappop(idle)[1])

    @property
    def _pool(self) -> QueuePool:
        return cast(QueuePool, self._engine.pool)

    def _one_broke(self, *_what: object) -> None:
        self._breaks += 1


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, kept: KeptConnections, *, begin: str | None = "BEGIN"
) -> AsyncIterator[AsyncConnection]:
    """As `engine.begin()`: commits at the end of the block, or rolls back if it raises or is cancelled. `begin` is how
    it begins on SQLite; None: it does not, and each statement is by itself."""
    sync = await kept.take(engine)
    try:
        conn = await _begun(engine, sync, begin)
        yield conn
        await _end(conn, sync)
    except BaseException:
        await close(sync)
        raise
    if (closing := kept.give_back(engine, sync)) is not None:
        await closing


@asynccontextmanager
async def connection_for_several(engine: AsyncEngine, kept: KeptConnections) -> AsyncIterator[DirectConnection]:
    """A connection for several transactions (`one_of_several`), which nobody else has between them."""
    sync = await kept.take(engine)
    try:
        yield sync
    except BaseException:
        await close(sync)
        raise
    if (closing := kept.give_back(engine, sync)) is not None:
        await closing


@asynccontextmanager
async def one_of_several(engine: AsyncEngine, sync: DirectConnection, begin: str) -> AsyncIterator[AsyncConnection]:
    """Commits at the end of the block. If it raises, who has the connection closes it, which undoes what is open."""
    conn = await _begun(engine, sync, begin)
    yield conn
    await _end(conn, sync)


async def _begun(engine: AsyncEngine, sync: DirectConnection, begin: str | None) -> AsyncDirectConnection:
    sync.begins_with = begin
    if sync.is_heard:
        await greenlet_spawn(sync.begin)
    else:
        sync.begin()
    return AsyncDirectConnection(engine, sync)


async def _end(conn: AsyncDirectConnection, sync: DirectConnection) -> None:
    conn.sync_connection = None  # nobody uses it after its end
    if sync.commits_at_once:
        _commit(sync)
    else:
        await greenlet_spawn(_commit, sync)


async def close(conn: Connection) -> None:
    """Gives a connection back to the pool, which undoes what is open, even if the caller is cancelled meanwhile."""
    await asyncio.shield(asyncio.create_task(greenlet_spawn(conn.close)))


def _commit(conn: Connection) -> None:
    if (open_one := conn.get_transaction()) is not None and open_one.is_active:
        try:
            open_one.commit()
        except BaseException:
            open_one.rollback()  # else the pool takes the connection for one in which nothing is open
            raise
