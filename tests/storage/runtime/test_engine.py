"""What a database says when it cannot do what was asked: temporary errors are waited for, others are reported at
once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from storage.runtime.engine import Database, is_unavailable
from storage.runtime.write_retry import persist


async def refusal_of(db: Database, statement: str) -> BaseException:
    with pytest.raises(Exception) as refused:  # noqa: PT011  which one is what the tests ask
        async with db.write() as conn:
            await conn.execute(text(statement))
    return refused.value


@pytest.mark.parametrize("statement", ["SELECT nothing FROM customers", "DELETE FROM nowhere", "SELEC 1"])
async def test_a_table_or_column_that_is_not_there_is_never_waited_for(db: Database, statement: str) -> None:
    assert not is_unavailable(await refusal_of(db, statement))


async def test_a_wrong_schema_ends_what_would_be_tried_again_and_again(db: Database) -> None:
    async def write() -> None:
        async with db.write() as conn:
            await conn.execute(text("DELETE FROM nowhere"))

    with pytest.raises(Exception, match="nowhere"):
        await persist(write)


async def test_a_locked_database_is_waited_for(sqlite_db: Database) -> None:
    impatient = Database(str(sqlite_db.url).replace("+aiosqlite", ""))
    try:
        async with impatient.read() as conn:  # on the one connection that it has
            await conn.execute(text("PRAGMA busy_timeout = 0"))
        async with sqlite_db.write() as conn:
            await conn.execute(text("SELECT 1"))  # the lock is taken with the first statement
            assert is_unavailable(await refusal_of(impatient, "DELETE FROM chats"))
    finally:
        await impatient.close()


async def test_a_transaction_without_a_statement_leaves_the_next_one_as_it_is(sqlite_db: Database) -> None:
    with pytest.raises(RuntimeError):
        async with sqlite_db.write():
            raise RuntimeError
    async with sqlite_db.write():
        pass
    groups = text("SELECT count(*) FROM known_groups")
    async with sqlite_db.read() as conn:
        assert (await conn.execute(groups)).scalar_one() == 0
        async with sqlite_db.write() as other:
            await other.execute(text("INSERT INTO known_groups VALUES (1, 'a group', '')"))
        assert (await conn.execute(groups)).scalar_one() == 0  # as it was when it was first read
    async with sqlite_db.read() as conn:
        assert (await conn.execute(groups)).scalar_one() == 1


def test_a_file_that_cannot_be_opened_is_waited_for(tmp_path: Path) -> None:
    # By the plain driver, whose words are the same: the other one leaves its thread behind when it cannot open.
    with pytest.raises(OperationalError) as refused:
        create_engine(f"sqlite:///{tmp_path / 'not' / 'there.db'}").connect()
    assert is_unavailable(refused.value)


async def test_a_disk_that_is_full_is_waited_for(sqlite_db: Database) -> None:
    async with sqlite_db.read() as conn:
        pages = (await conn.execute(text("PRAGMA page_count"))).scalar_one()
    with pytest.raises(Exception, match="full") as refused:
        async with sqlite_db.write() as conn:
            await conn.execute(text(f"PRAGMA max_page_count = {pages}"))
            await conn.execute(text("INSERT INTO known_groups VALUES (1, zeroblob(1000000), '')"))
    assert is_unavailable(refused.value)


async def test_what_was_cancelled_in_the_middle_leaves_nothing_behind(sqlite_db: Database) -> None:
    """Cancelled at each of the first points at which it can be: before, in and after each trip to the thread."""

    async def write(number: int) -> None:
        async with sqlite_db.write() as conn:
            await conn.execute(text(f"INSERT INTO change_counters VALUES ('a{number}', 0, '')"))
            await conn.execute(text(f"INSERT INTO change_counters VALUES ('b{number}', 0, '')"))

    for turns in range(40):
        writing = asyncio.create_task(write(turns))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with sqlite_db.read() as conn:
            rows = text("SELECT substr(subject, 2) FROM change_counters GROUP BY 1 HAVING count(*) <> 2")
            assert (await conn.execute(rows)).all() == []
    await write(100)  # no lock is held any more
