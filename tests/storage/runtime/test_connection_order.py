"""Which of SQLite's connections a transaction gets."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import PendingRollbackError
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
    with pytest.raises(PendingRollbackError):  # what it has done is lost
        async with sqlite_db.read() as first, sqlite_db.read() as second:
            lost, kept = driver_of(first), driver_of(second)
            await first.invalidate()
    async with sqlite_db.read() as conn, sqlite_db.read() as other:
        assert {driver_of(conn), driver_of(other)} > {kept}
        assert lost not in {driver_of(conn), driver_of(other)}
    async with sqlite_db.read() as conn:
        assert driver_of(conn) is kept


@pytest.mark.new_postgresql
async def test_on_postgresql_a_connection_keeps_the_statements_of_a_whole_side_ready(postgresql_db: Database) -> None:
    async with postgresql_db.read() as conn:
        for number in range(300):
            await conn.execute(text(f"SELECT 1 AS column_{number}"))
        query = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 1 AS%'")
        assert (await conn.execute(query)).scalar_one() == 300
