"""What one process rings, the loops of the others hear at once, also after their connections were lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text

from bot.work.runtime import bells as timing
from bot.work.runtime.bells import Bells
from storage.runtime import workers
from storage.runtime.engine import Database, is_unavailable
from storage.runtime.listening import connection_apart, listening

pytestmark = pytest.mark.new_postgresql  # ends connections

# Only those of this test's database: others run on the same server.
END_THOSE_THAT_LISTEN = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE 'LISTEN%' AND datname = current_database()
"""


@asynccontextmanager
async def carried(db: Database, anybody_else: Callable[[], bool] = lambda: True) -> AsyncIterator[Bells]:
    """The bells of a process that hears the others."""
    bells = Bells()
    carrying = asyncio.create_task(bells.carry(db, anybody_else))
    await heard(bells)
    yield bells
    carrying.cancel()
    await asyncio.gather(carrying, return_exceptions=True)


async def heard(bells: Bells) -> None:
    """They wake as they begin to be heard."""
    await asyncio.wait_for(bells.inbox.wait(), 20)
    assert bells.are_heard
    for bell in (bells.inbox, bells.desk, bells.sending):
        bell.clear()


async def test_what_one_process_rings_the_others_hear(postgresql_db: Database) -> None:
    async with carried(postgresql_db) as one, carried(postgresql_db) as two:
        one.inbox.set()
        await asyncio.wait_for(two.inbox.wait(), 20)
        assert not two.desk.is_set()
        one.inbox.clear()
        two.desk.set()  # by the time this is heard, an echo of the first would have been, too
        await asyncio.wait_for(one.desk.wait(), 20)
        assert not one.inbox.is_set()


async def test_a_bell_that_only_wakes_and_one_without_company_are_not_said(postgresql_db: Database) -> None:
    async with (
        carried(postgresql_db, lambda: False) as alone,
        carried(postgresql_db) as one,
        carried(postgresql_db) as two,
    ):
        alone.inbox.set()
        one.inbox.wake()
        await asyncio.sleep(2 * timing.TOGETHER_S)
        one.sending.set()
        await asyncio.wait_for(two.sending.wait(), 20)
        assert not two.inbox.is_set()


async def test_a_lost_connection_is_made_again(postgresql_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "AGAIN_AFTER_S", 0.01)
    async with carried(postgresql_db) as one, carried(postgresql_db) as two:
        async with postgresql_db.write() as conn:
            await conn.execute(text(END_THOSE_THAT_LISTEN))
        await heard(one)
        await heard(two)
        one.desk.set()
        await asyncio.wait_for(two.desk.wait(), 20)


async def test_a_connection_that_is_not_usable_counts_as_lost(postgresql_db: Database) -> None:
    """The driver says of a connection which the server has just ended that something else is under way."""
    async with listening(postgresql_db, lambda _word: None, lambda: None) as others:
        under_way = asyncio.create_task(others._connection.execute("SELECT pg_sleep(0.5)"))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionError) as lost:
            await others.say("inbox")
        await under_way
    assert is_unavailable(lost.value)


async def test_a_session_on_a_connection_that_is_not_usable_is_none(
    postgresql_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the process starts, and tries again with its next sign of life."""
    made: list[asyncpg.Connection] = []

    async def ended_at_once(db: Database) -> asyncpg.Connection:
        made.append(connection := await connection_apart(db))
        under_way.append(asyncio.create_task(connection.execute("SELECT pg_sleep(5)")))
        await asyncio.sleep(0)
        return connection

    under_way: list[asyncio.Task[str]] = []
    monkeypatch.setattr(workers, "connection_apart", ended_at_once)
    assert await workers.open_session(postgresql_db) is None
    assert made[0].is_closed()
    await asyncio.gather(*under_way, return_exceptions=True)
    monkeypatch.undo()
    session = await workers.open_session(postgresql_db)
    assert session is not None
    session.close()
