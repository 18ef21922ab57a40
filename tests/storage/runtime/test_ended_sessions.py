"""PostgreSQL ends a session, and something is asked before the end of the connection is heard: it broke, and the
program goes on. Here that end is never heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Executable, select, text

from storage.runtime.engine import Database
from storage.runtime.failures import trouble_of
from storage.runtime.listening import connection_apart, listening
from storage.runtime.prepared import prepared
from storage.schema import chats

END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

pytestmark = pytest.mark.new_postgresql


class Between:
    """Passes bytes on between the program and PostgreSQL, and closes nothing when either does."""

    def __init__(self, folder: Path) -> None:
        [self._socket] = map(str, folder.glob(".s.PGSQL.*[0-9]"))
        self._passing: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.StreamWriter] = []
        self._heard = asyncio.Event()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        self._ends += [writer, to_server]
        self._passing.append(asyncio.create_task(self._pass_on(reader, to_server)))
        self._passing.append(asyncio.create_task(self._pass_on(from_server, writer)))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            if b"57P01" in data:  # the server's last words
                self._heard.set()

    async def has_heard(self) -> None:
        await self._heard.wait()
        for _ in range(20):  # turns of the loop, in which the driver reads them
            await asyncio.sleep(0.001)

    def end(self) -> None:
        for task in self._passing:
            task.cancel()
        for end in self._ends:
            end.close()


@asynccontextmanager
async def over_lines_that_stay(db: Database) -> AsyncIterator[tuple[Database, Between]]:
    """The same database, over connections that stay open when the server has ended its session."""
    between = Between(Path(str(db.url.query["host"])))
    server = await asyncio.start_server(between.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    same = Database(f"postgresql://{db.url.username}@127.0.0.1:{port}/{db.url.database}")
    try:
        yield same, between
    finally:
        server.close()
        between.end()
        await same.close()


async def end_the_others(db: Database, between: Between) -> None:
    async with db.outside_transactions() as other:
        await other.execute(text(END_THE_OTHERS))
    await between.has_heard()


@pytest.mark.parametrize("way", ["read", "write"])
@pytest.mark.parametrize("statement", [text("SELECT 1"), prepared(lambda: select(chats.c.user_id))()])
async def test_in_a_transaction_it_broke_and_the_next_one_has_another_connection(
    postgresql_db: Database, way: str, statement: Executable
) -> None:
    async with over_lines_that_stay(postgresql_db) as (same, between):
        transaction = same.read if way == "read" else same.write
        with pytest.raises(Exception, match="another operation") as refused:  # noqa: PT012
            async with transaction() as conn:
                await conn.execute(text("SELECT 2"))
                await end_the_others(postgresql_db, between)
                await conn.execute(statement)
        assert trouble_of(refused.value) == "the connection broke"
        async with transaction() as conn:
            await conn.execute(statement)


async def test_who_says_something_to_other_processes_is_told_that_it_broke(postgresql_db: Database) -> None:
    async with over_lines_that_stay(postgresql_db) as (same, between):
        with pytest.raises(ConnectionResetError) as refused:  # noqa: PT012
            async with listening(same, lambda _word: None, lambda: None) as others:
                await end_the_others(postgresql_db, between)
                await others.say("inbox")
        assert trouble_of(refused.value) is not None


async def test_what_the_driver_raises_by_itself_is_a_broken_connection(postgresql_db: Database) -> None:
    async with over_lines_that_stay(postgresql_db) as (same, between):
        connection = await connection_apart(same)
        await end_the_others(postgresql_db, between)
        with pytest.raises(Exception, match="another operation") as refused:
            await connection.fetch("SELECT 1")
        connection.terminate()
        assert trouble_of(refused.value) == "the connection broke"
