"""The PostgreSQL database that tests share is as new for each of them; where it cannot be, there is another."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from bot.clock import ManualClock
from storage.runtime.engine import Database
from storage.schema import metadata
from tests.conftest import LOOPS, opened
from tests.kept_postgresql import MANY_ROWS, UNUSABLE, KeptDatabase, LastingLoop
from tests.postgresql_server import Postgres
from tests.work.lives import a_life

pytestmark = pytest.mark.usefixtures("postgresql_db")  # runs in the loop of its tests


@pytest.fixture
async def kept(postgresql: Postgres, postgresql_template: str) -> AsyncIterator[KeptDatabase]:
    kept = KeptDatabase(make=lambda: postgresql.copied(postgresql_template), drop=postgresql.drop)
    yield kept
    await kept.end()


async def run(db: Database, statement: str) -> None:
    async with db.outside_transactions() as conn:
        await conn.execute(text(statement))


async def state(address: str) -> dict[str, object]:
    """All rows, and where each sequence is."""
    connection = await asyncpg.connect(address)
    try:
        found: dict[str, object] = {}
        for name in (*metadata.tables, "alembic_version"):
            found[name] = await connection.fetchval(f'SELECT json_agg(t) FROM "{name}" AS t')
        for (name,) in await connection.fetch("SELECT seqrelid::regclass::text FROM pg_sequence"):
            found[name] = tuple(await connection.fetchrow(f"SELECT last_value, is_called FROM {name}"))
        return found
    finally:
        await connection.close()


async def test_the_next_test_finds_no_row_and_no_number_of_the_one_before(
    kept: KeptDatabase, clock: ManualClock
) -> None:
    address = await kept.ready()
    new = await state(address)
    assert any(rows for name, rows in new.items() if name != "alembic_version" and isinstance(rows, str))
    async with opened(address) as db:
        await a_life(db, clock.now())
        await run(db, "UPDATE alembic_version SET version_num = 'none'")
        await run(db, "DELETE FROM planning_terms")
        await run(db, "SELECT nextval(seqrelid) FROM pg_sequence")
    filled = await state(address)
    assert len([name for name, rows in filled.items() if rows != new[name]]) > 50
    await kept.empty()
    assert await kept.ready() == address
    assert await state(address) == new


async def test_what_fills_it_for_several_tests_is_done_once(kept: KeptDatabase, clock: ManualClock) -> None:
    done, states = [], []
    for _ in range(3):
        address = await kept.ready()
        async with opened(address) as db:

            async def fill(db: Database = db) -> None:
                done.append(1)
                await a_life(db, clock.now())
                await run(db, "UPDATE alembic_version SET version_num = 'none'")

            await kept.fill("a life", fill)
            states.append(await state(address))
            await run(db, "DELETE FROM case_events")
        await kept.empty()
    assert len(done) == 1
    assert states[0] == states[1] == states[2] != await state(await kept.ready())


async def test_rows_lie_in_the_order_in_which_they_are_written(kept: KeptDatabase) -> None:
    for _ in range(3):
        async with opened(await kept.ready()) as db:
            await run(
                db, "INSERT INTO known_groups SELECT -n, repeat('x', 40), now() FROM generate_series(1, 300) AS n"
            )
            async with db.read() as conn:
                found = (await conn.execute(text("SELECT -chat_id FROM known_groups"))).scalars().all()
            assert list(found) == list(range(1, 301))
            await run(db, "UPDATE known_groups SET title = 'y' WHERE chat_id % 2 = 0")
            await run(db, "DELETE FROM known_groups WHERE chat_id % 5 = 0")
        await kept.empty()


async def test_a_connection_stays_without_what_was_set_or_locked_in_it(kept: KeptDatabase) -> None:
    locks = "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
    asked = text(f"SELECT pg_backend_pid(), current_setting('work_mem'), {locks}")
    seen = []
    for _ in range(2):
        async with opened(await kept.ready()) as db, db.outside_transactions() as conn:
            seen.append((await conn.execute(asked)).one())
            await conn.execute(text("SET work_mem = '9MB'"))
            await conn.execute(text("SELECT pg_advisory_lock(7)"))
        await kept.empty()
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE chats ADD COLUMN newer TEXT",
        "ALTER TABLE chats DROP COLUMN last_words",
        "CREATE TABLE other (n INTEGER)",
        "ALTER TABLE holds DISABLE TRIGGER USER",
        "CREATE INDEX ON chats (last_words)",
        "TRUNCATE chats",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 64', current_database()); END $$",
        f"INSERT INTO chats (user_id) SELECT n FROM generate_series(0, {MANY_ROWS}) AS n",
    ],
)
async def test_what_is_more_than_some_rows_makes_a_new_database(kept: KeptDatabase, statement: str) -> None:
    before = await kept.ready()
    new = await state(before)
    async with opened(before) as db:
        await run(db, statement)
    await kept.empty()
    assert await kept.ready() != before
    assert await state(await kept.ready()) == new


async def test_so_does_a_connection_that_was_left_open(kept: KeptDatabase) -> None:
    before = await kept.ready()
    left = await asyncpg.connect(before)
    await kept.empty()
    assert await kept.ready() != before
    with pytest.raises(UNUSABLE):
        await left.execute("SELECT 1")


async def test_and_a_server_that_ended_the_connections(kept: KeptDatabase) -> None:
    before = await kept.ready()
    async with opened(before) as db:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        await run(db, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    await kept.empty()
    assert await kept.ready() != before


def test_all_tests_on_postgresql_run_in_one_loop(postgresql_db: Database) -> None:
    assert isinstance(LOOPS.lasting, LastingLoop)
    assert not LOOPS.lasting.is_closed()
