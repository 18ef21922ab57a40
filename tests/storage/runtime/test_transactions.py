"""A transaction commits, or is undone as a whole; in each case its connection is there for the next one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import cast

import aiosqlite
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.pool import QueuePool

from storage.runtime.engine import Connection, Database, data_version
from storage.runtime.heartbeats import beat, last_beats

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


async def beats(db: Database) -> set[str]:
    async with db.read() as conn:
        return set(await last_beats(conn))


def in_use(db: Database) -> int:
    return cast(QueuePool, db.engine.pool).checkedout() - len(db._kept)


async def write_and(db: Database, then: object) -> None:
    async with db.write() as conn:
        await beat(conn, "planner", NOW)
        if isinstance(then, str):
            await conn.execute(text(then))
        elif isinstance(then, Exception):
            raise then


async def test_it_commits_or_is_undone(db: Database) -> None:
    for wrong, error in (("no statement", DBAPIError), (ValueError("the block"), ValueError)):
        with pytest.raises(error):
            await write_and(db, wrong)
        assert in_use(db) == 0
        assert await beats(db) == set()
    await write_and(db, None)
    assert in_use(db) == 0
    assert await beats(db) == {"planner"}


async def test_after_a_commit_that_fails_nothing_is_open(sqlite_db: Database) -> None:
    async def breaks() -> None:
        async with sqlite_db.write() as conn:
            await conn.execute(text("PRAGMA defer_foreign_keys = ON"))
            row = "(customer_id, about, given_at) VALUES ('nobody', 'hour', '2026-03-02 04:00:00')"
            await conn.execute(text(f"INSERT INTO consents {row}"))

    for _ in range(2):
        with pytest.raises(DBAPIError, match="FOREIGN KEY"):
            await breaks()
        assert in_use(sqlite_db) == 0
        await write_and(sqlite_db, None)


async def test_what_only_reads_makes_no_trip_for_its_end_and_lets_others_write(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_and(sqlite_db, None)
    trips: list[object] = []
    execute = aiosqlite.Connection._execute

    async def noted(self: aiosqlite.Connection, job: object, *more: object) -> object:
        trips.append(job)
        return await execute(self, job, *more)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noted)
    assert await beats(sqlite_db) == {"planner"}
    assert len(trips) == 1
    async with sqlite_db.write() as conn:  # no older view is held open: all of the log can be moved into the file
        await beat(conn, "guard", NOW)
    async with sqlite_db.outside_transactions() as conn:
        assert (await conn.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()[0] == 0
    assert await beats(sqlite_db) == {"planner", "guard"}


async def test_cancelled_at_any_point_it_is_undone_and_its_connection_is_back(db: Database) -> None:
    await write_and(db, None)  # there is a connection
    turns = 0
    while True:
        task = asyncio.create_task(_two_beats(db))
        for _ in range(turns):
            await asyncio.sleep(0)
        was_done = not task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for _ in range(1000):  # the pool gets it back in a task of its own
            if not in_use(db):
                break
            await asyncio.sleep(0.001)
        assert in_use(db) == 0
        assert await beats(db) in ({"planner"}, {"planner", "guard", "watch"})
        if was_done:
            return
        turns += 1 + turns // 8


async def _two_beats(db: Database) -> None:
    async with db.write() as conn:
        await beat(conn, "guard", NOW)
        await beat(conn, "watch", NOW)


async def test_what_ends_it_itself_is_not_ended_again(db: Database) -> None:
    async def undone(conn: Connection) -> None:
        await beat(conn, "guard", NOW)
        await conn.rollback()

    async with db.write() as conn:
        await undone(conn)
    assert in_use(db) == 0
    assert await beats(db) == set()


async def test_more_connections_than_are_kept_are_closed(sqlite_db: Database, caplog: pytest.LogCaptureFixture) -> None:
    size = cast(QueuePool, sqlite_db.engine.pool).size()
    all_read, threads = asyncio.Barrier(size + 2), threading.active_count()

    async def read() -> None:
        async with sqlite_db.read() as conn:
            await last_beats(conn)
            await all_read.wait()

    await asyncio.gather(*(read() for _ in range(size + 2)))
    assert (in_use(sqlite_db), len(sqlite_db._kept)) == (0, size)
    for _ in range(100):
        if threading.active_count() <= threads + size:
            break
        await asyncio.sleep(0.01)
    assert threading.active_count() <= threads + size
    assert not caplog.records


async def test_the_next_transaction_has_the_connection_at_once(db: Database) -> None:
    taken = taken_from_pool(db)
    for _ in range(3):
        await write_and(db, None)
        await beats(db)
    assert len(taken) == 1


async def test_a_transactions_connection_is_of_no_use_after_its_end(db: Database) -> None:
    async with db.read() as conn:
        await last_beats(conn)
    with pytest.raises(Exception, match="sync_connection|NoneType"):
        await last_beats(conn)


async def test_who_waits_for_a_connection_gets_the_next_that_is_free(sqlite_db: Database) -> None:
    pool = cast(QueuePool, sqlite_db.engine.pool)
    async with AsyncExitStack() as others, AsyncExitStack() as one:
        for _ in range(pool.size() + pool._max_overflow - 1):
            await others.enter_async_context(sqlite_db.read())
        await one.enter_async_context(sqlite_db.read())
        waiting = asyncio.create_task(beats(sqlite_db))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await one.aclose()
        assert await asyncio.wait_for(waiting, 5) == set()
    assert in_use(sqlite_db) == 0


async def test_connections_that_rest_are_not_in_the_way_of_another_kind_of_transaction(postgresql_db: Database) -> None:
    async def whose(conn: Connection, asked: Sequence[int]) -> list[int]:
        return [(await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one() for _ in asked]

    async with postgresql_db.read() as conn:
        server = await whose(conn, [0])
    assert [await postgresql_db.read_together(whose, 0)] == server  # with none of its own


async def test_two_kinds_of_transactions_may_be_the_first_of_theirs_at_once(postgresql_db: Database) -> None:
    async def one(_conn: Connection, asked: Sequence[int]) -> Sequence[int]:
        return asked

    async def snapshot() -> set[str]:
        async with postgresql_db.snapshot() as conn:
            return set(await last_beats(conn))

    await beats(postgresql_db)  # whose connection rests, and is in the way of both
    assert await asyncio.gather(postgresql_db.read_together(one, 1), snapshot()) == [1, set()]


async def test_after_one_has_broken_the_pool_looks_at_all_others(db: Database) -> None:
    with suppress(InvalidRequestError):
        async with db.read(), db.read() as broken:
            taken = taken_from_pool(db)
            await broken.invalidate()
    await beats(db)
    assert len(taken) == 1


def taken_from_pool(db: Database) -> list[object]:
    """Connections as they are taken from now on."""
    taken: list[object] = []
    event.listen(db.engine.sync_engine, "checkout", lambda connection, *_: taken.append(connection))
    return taken


# --- Several on one connection ---------------------------------------------------------------------------------------


async def test_several_on_one_connection_each_commit_or_are_undone(db: Database) -> None:
    with pytest.raises(ValueError, match="the second"):
        async with db.writes() as write:
            async with write() as conn:
                await beat(conn, "planner", NOW)
            assert await beats(db) == {"planner"}
            async with write() as conn:
                await beat(conn, "guard", NOW)
                raise ValueError("the second")
    assert in_use(db) == 0
    assert await beats(db) == {"planner"}
    await write_and(db, None)


async def test_nobody_else_has_their_connection_between_them(db: Database) -> None:
    async with db.writes() as write:
        async with write() as conn:
            await beat(conn, "planner", NOW)
            theirs = conn.sync_connection and conn.sync_connection.connection.driver_connection
        async with db.write() as other:
            assert other.sync_connection
            assert other.sync_connection.connection.driver_connection is not theirs
            await beat(other, "guard", NOW)
        async with write() as conn:
            assert conn.sync_connection
            assert conn.sync_connection.connection.driver_connection is theirs
            assert set(await last_beats(conn)) == {"planner", "guard"}
    assert in_use(db) == 0


async def test_sqlite_tells_them_whether_anybody_else_has_written_meanwhile(sqlite_db: Database) -> None:
    versions = []
    async with sqlite_db.writes() as write:
        for number in range(4):
            async with write() as conn:
                versions.append(await data_version(conn))
                await beat(conn, f"planner {number}", NOW)
            async with sqlite_db.read() as reading:
                await last_beats(reading)
            if number == 1:
                await write_and(sqlite_db, None)
    assert versions[0] == versions[1] != versions[2] == versions[3]
