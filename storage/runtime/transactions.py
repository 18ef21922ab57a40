"""A transaction with two trips into SQLAlchemy, one at its beginning and one at its end.

`AsyncEngine.begin` makes four, and a task of its own for the last: more than most of our statements take.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import greenlet_spawn

from storage.runtime.direct_connection import AsyncDirectConnection, DirectConnection


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """As `engine.begin()`: commits at the end of the block, or rolls back if it raises or is cancelled."""
    opened: list[DirectConnection] = []

    def begin() -> None:
        opened.append(DirectConnection(engine.sync_engine))
        opened[0].begin()

    try:
        await greenlet_spawn(begin)
        yield AsyncDirectConnection(engine, opened[0])
        if opened[0].commits_at_once and _is_kept(engine):
            _commit(opened[0])
        else:
            await greenlet_spawn(_commit, opened[0])
    except BaseException:
        if opened:  # whatever is cancelled meanwhile, the connection goes back into the pool
            await asyncio.shield(asyncio.create_task(greenlet_spawn(opened[0].close)))
        raise


def _is_kept(engine: AsyncEngine) -> bool:
    """Whether the pool keeps the next connection that it gets back: to close one more waits for its thread."""
    pool = engine.sync_engine.pool
    return not isinstance(pool, QueuePool) or pool.checkedin() < pool.size()


def _commit(conn: Connection) -> None:
    if (open_one := conn.get_transaction()) is not None and open_one.is_active:
        try:
            open_one.commit()
        except BaseException:
            open_one.rollback()  # else the pool takes the connection for one in which nothing is open
            raise
    conn.close()  # nothing is open any more, so this waits for nothing
