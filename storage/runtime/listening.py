"""Short words from process to process, by PostgreSQL's LISTEN and NOTIFY, on a connection of their own.

They only say that there may be something new; what it is, is in the tables. A word may be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from storage.runtime.engine import Database

if TYPE_CHECKING:
    import asyncpg

CHANNEL = "duebot"
WITHIN_S = 10.0  # a connection that takes longer counts as lost


class Listening:
    """A connection that hears what other processes say."""

    def __init__(self, connection: asyncpg.Connection, hear: Callable[[str], None], lost: Callable[[], None]) -> None:
        self._connection, self._hear, self._lost = connection, hear, lost
        self._me = connection.get_server_pid()

    async def begin(self) -> None:
        self._connection.add_termination_listener(lambda _: self._lost())
        with used_alone():
            await self._connection.add_listener(CHANNEL, self._heard)

    async def say(self, word: str) -> None:
        """Raises the errors of a database that is away."""
        with used_alone():
            await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, word, timeout=WITHIN_S)

    @property
    def is_lost(self) -> bool:
        return bool(self._connection.is_closed())

    def _heard(self, _connection: object, who: int, _channel: str, word: str) -> None:
        if who != self._me:
            self._hear(word)


@asynccontextmanager
async def listening(db: Database, hear: Callable[[str], None], lost: Callable[[], None]) -> AsyncIterator[Listening]:
    """Calls `hear` for each word of another process, and `lost` if the connection breaks."""
    connection = await connection_apart(db)
    try:
        heard = Listening(connection, hear, lost)
        await heard.begin()
        yield heard
    finally:
        await asyncio.shield(connection.close(timeout=1))


async def connection_apart(db: Database) -> asyncpg.Connection:
    """A connection of PostgreSQL's driver that belongs to no pool."""
    import asyncpg  # takes long, and SQLite does not need it

    _, options = db.engine.dialect.create_connect_args(db.url)
    return await asyncpg.connect(**{"timeout": WITHIN_S, **options}, statement_cache_size=0)


@contextmanager
def used_alone() -> Iterator[None]:
    """Around what is asked on a connection apart. Nobody else uses it; so if the driver says that something else is
    under way, the server has just ended it, and the driver does not call it closed yet. It says so in two ways: before
    it asks, and in the middle of it. Raises ConnectionResetError."""
    import asyncpg

    try:
        yield
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise ConnectionResetError("the connection is not usable any more") from error
