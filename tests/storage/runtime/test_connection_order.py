"""Which of SQLite's connections a transaction gets."""

from __future__ import annotations

from contextlib import AsyncExitStack

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import Database


def driver_of(conn: AsyncConnection) -> object:
    assert conn.sync_connection is not None
    return conn.sync_connection.connection.driver_connection


async def test_one_after_the_other_they_use_the_connection_that_has_been_there_longest(sqlite_db: Database) -> None:
    async with sqlite_db.read() as first:
        longest = driver_of(first)
    async with AsyncExitStack() as first_ends, AsyncExitStack() as second_ends:
        assert driver_of(await first_ends.enter_async_context(sqlite_db.read())) is longest
        newer = driver_of(await second_ends.enter_async_context(sqlite_db.read()))
        await first_ends.aclose()
        await second_ends.aclose()  # the newer one was given back last
    assert newer is not longest
    async with sqlite_db.write() as writing:
        assert driver_of(writing) is longest
        async with sqlite_db.read() as beside:
            assert driver_of(beside) is newer


async def test_one_that_replaces_a_lost_connection_is_the_newest(sqlite_db: Database) -> None:
    async with sqlite_db.engine.connect() as first, sqlite_db.engine.connect() as second:
        kept = driver_of(second)
        await first.invalidate()
    for _ in range(2):  # the second time, the one in the lost one's place has been given back, too
        async with sqlite_db.read() as conn, sqlite_db.read() as other:
            assert driver_of(conn) is kept
            assert driver_of(other) is not kept
