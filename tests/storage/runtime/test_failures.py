"""Which database errors are temporary: each is raised for real, through the program's driver."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.runtime.engine import Database
from storage.runtime.failures import Unusable, damage_of, is_for_a_person, is_unavailable, trouble_of
from tests.conftest import Postgres, opened
from tests.storage.runtime.test_engine import refusal_of

PASSING = (
    *(
        "08000",
        "08003",
        "08006",
        "25006",
        "25P03",
        "40001",
        "40P01",
        "42501",
        "53000",
        "53100",
        "53200",
        "53300",
        "53400",
    ),
    *("55006", "55P03", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "58000", "58030", "XX000"),
)
NOT_PASSING = ("22003", "22P02", "23502", "23505", "40002", "42601", "42P01", "XX001", "XX002")


@pytest.mark.parametrize("state", PASSING)
async def test_what_passes_by_itself_is_waited_for(postgresql_db: Database, state: str) -> None:
    assert is_unavailable(await refusal_of(postgresql_db, raised(state)))


@pytest.mark.parametrize("state", NOT_PASSING)
async def test_what_does_not_is_said(postgresql_db: Database, state: str) -> None:
    assert not is_unavailable(await refusal_of(postgresql_db, raised(state)))


def raised(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'Anna' USING ERRCODE = '{state}'; END $$"


async def test_damage_is_known(postgresql_db: Database) -> None:
    assert damage_of(await refusal_of(postgresql_db, raised("XX001"))) == "its data is damaged"


async def test_a_value_that_fits_no_column_is_not_waited_for(db: Database) -> None:
    with pytest.raises(Exception) as refused:  # noqa: PT011
        async with db.write() as conn:
            await conn.execute(text("UPDATE agents SET telegram_id = :id"), {"id": 2**70})
    assert not is_unavailable(refused.value)


async def test_connections_that_are_all_in_use_are_waited_for(postgresql: Postgres) -> None:
    async with postgresql.database() as address:
        async with opened(address) as db, db.write() as conn:
            name = (await conn.execute(text("SELECT current_database()"))).scalar_one()
            await conn.execute(text(f"ALTER DATABASE {name} CONNECTION LIMIT 0"))
            await conn.execute(text("CREATE ROLE one_of_many LOGIN"))
        try:
            async with opened(address.replace("postgres:@", "one_of_many:@")) as db:
                error = await refusal_of(db, "SELECT 1")
            assert trouble_of(error) == "it has too many connections"
        finally:
            await postgresql._run("DROP ROLE one_of_many")


async def test_a_lock_a_deadline_and_a_deadlock_are_waited_for(postgresql_db: Database) -> None:
    async with postgresql_db.write() as holding:
        await holding.execute(text("LOCK TABLE chats"))
        assert trouble_of(await refusal_of(postgresql_db, "LOCK TABLE chats NOWAIT")) == "somebody else has locked it"
    async with postgresql_db.read() as conn:
        await conn.execute(text("SET LOCAL statement_timeout = 10"))
        with pytest.raises(DBAPIError) as late:
            await conn.execute(text("SELECT pg_sleep(1)"))
        await conn.rollback()
    assert trouble_of(late.value) == "it broke off what was asked"
    errors = await asyncio.gather(*(crosswise(postgresql_db, *tables) for tables in (("a", "b"), ("b", "a"))))
    [lost] = [error for error in errors if error is not None]
    assert trouble_of(lost) == "somebody else was quicker"


async def crosswise(db: Database, first: str, second: str) -> BaseException | None:
    locks = {"a": "LOCK TABLE chats", "b": "LOCK TABLE links"}
    try:
        async with db.write() as conn:
            await conn.execute(text("SET LOCAL deadlock_timeout = 100"))
            await conn.execute(text(locks[first]))
            await asyncio.sleep(0.2)
            await conn.execute(text(locks[second]))
    except Exception as error:  # noqa: BLE001  which one is asked
        return error
    return None


@pytest.mark.parametrize(
    ("address", "trouble", "for_a_person"),
    [
        ("postgresql://a:b@nobody.invalid/x", "it cannot be reached (", False),
        ("postgresql://a:b@127.0.0.1:9/x", "it cannot be reached (", False),
        ("{uri}/nowhere?", "there is no database of that name", True),
        ("postgresql://nobody:@/postgres?{rest}", "it lets nobody in with that name or password", True),
    ],
    ids=["no such host", "nobody listens", "no such database", "no such user"],
)
async def test_a_database_that_is_not_where_it_should_be(
    postgresql: Postgres, address: str, trouble: str, for_a_person: bool
) -> None:
    before, _, rest = postgresql.uri.partition("/postgres?")
    given = address.replace("{uri}/nowhere?", f"{before}/nowhere?{rest}").replace("{rest}", rest)
    async with opened(given) as db:
        error = await refusal_of(db, "SELECT 1")
    assert (trouble_of(error) or "").startswith(trouble), error
    assert is_for_a_person(error) is for_a_person


# --- SQLite's file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_only_its_owner_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        async with opened(f"sqlite:///{tmp_path / 'new.db'}") as db:
            db.make()
            async with db.write() as conn:
                await conn.execute(text("CREATE TABLE new (x)"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}  # noqa: ASYNC240
    finally:
        os.umask(before)
    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}


async def test_a_file_that_is_gone_is_waited_for_and_no_new_one_is_made(sqlite_db: Database) -> None:
    path = sqlite_db.path
    assert path is not None
    async with sqlite_db.read() as conn:
        await conn.execute(text("SELECT 1"))
    aside = path.rename(path.with_name("aside.db"))
    error = await refusal_of(sqlite_db, "DELETE FROM chats")
    assert is_unavailable(error)
    assert isinstance(error, Unusable)
    assert not path.exists()
    aside.rename(path)
    async with sqlite_db.write() as conn:
        await conn.execute(text("DELETE FROM chats"))


async def test_a_backup_that_is_put_in_its_place_is_read(sqlite_db: Database, sqlite_template: Path) -> None:
    """Connections of before would go on with the file that was taken away."""
    path = sqlite_db.path
    assert path is not None
    async with sqlite_db.write() as conn:
        await conn.execute(text("INSERT INTO heartbeats (part, at) VALUES ('of before', '')"))
    for file in (path, path.with_name("duebot.db-wal"), path.with_name("duebot.db-shm")):
        file.rename(file.with_name("aside-" + file.name))
    shutil.copy(sqlite_template, path)
    async with sqlite_db.read() as conn:
        assert (await conn.execute(text("SELECT count(*) FROM heartbeats"))).scalar_one() == 0


async def test_a_folder_that_is_not_there_is_for_a_person(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'not' / 'there.db'}")
    with pytest.raises(Unusable) as refused:
        db.make()
    assert is_for_a_person(refused.value)


async def test_what_is_written_is_on_the_disk(sqlite_db: Database) -> None:
    """FULL (2): SQLite waits for the disk with each transaction, and not only once in a while."""
    for one in (sqlite_db.read, sqlite_db.write):
        async with one() as conn:
            assert (await conn.execute(text("PRAGMA synchronous"))).scalar_one() == 2
            assert (await conn.execute(text("PRAGMA secure_delete"))).scalar_one() == 1


async def test_an_error_shows_no_link_and_no_value(db: Database) -> None:
    error = await refusal_of(db, "INSERT INTO nowhere VALUES ('Anna')")
    assert "sqlalche.me" not in str(error)


@pytest.mark.new_postgresql
async def test_a_user_without_rights_is_for_a_person(postgresql_db: Database) -> None:
    async with postgresql_db.outside_transactions() as conn:
        await conn.execute(text("SET ROLE pg_monitor"))
        with pytest.raises(DBAPIError) as refused:
            await conn.execute(text("SELECT name FROM customers"))
        await conn.execute(text("RESET ROLE"))
    assert "GRANT" in (trouble_of(refused.value) or "")
    assert is_for_a_person(refused.value)
