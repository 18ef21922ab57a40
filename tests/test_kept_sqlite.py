"""The SQLite file that tests share is as new for each of them; where it cannot be, there is another."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.clock import ManualClock
from storage.runtime.engine import Database
from tests.conftest import opened
from tests.kept_sqlite import MANY_PAGES, KeptConnection, KeptFile
from tests.one_thread import in_one_thread
from tests.work.lives import a_life

NEW = "INSERT INTO known_groups (chat_id, title, seen_at) VALUES (-7, 'Agents', 0)"


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture
def kept(sqlite_template: Path, tmp_path: Path) -> Iterator[KeptFile]:
    template = tmp_path / "template.db"
    connection = sqlite3.connect(sqlite_template)
    copy = sqlite3.connect(template)
    connection.backup(copy)
    copy.execute(NEW)
    copy.commit()
    for each in (connection, copy):
        each.close()
    kept_file = KeptFile(template, tmp_path / "kept")
    yield kept_file
    kept_file.end()


async def run(db: Database, statement: str) -> None:
    async with db.outside_transactions() as conn:
        await conn.execute(text(statement))


async def raw(db: Database) -> KeptConnection:
    """What the driver has opened for it."""
    async with db.read() as conn:
        assert conn.sync_connection is not None
        driver: Any = conn.sync_connection.connection.driver_connection
        connection: KeptConnection = driver._conn
        return connection


def state(path: Path) -> list[str]:
    """The schema, all rows, and where each sequence is."""
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


async def test_the_next_test_finds_no_row_and_no_number_of_the_one_before(kept: KeptFile, clock: ManualClock) -> None:
    with kept.lent() as path:
        new = state(path)
        async with opened(f"sqlite:///{path}") as db:
            await a_life(db, clock.now())
            await run(db, "UPDATE known_groups SET title = 'x'")
            await run(db, "DELETE FROM planning_terms")
        assert len(state(path)) > len(new) + 15
    with kept.lent() as same:
        assert same == path
        assert state(path) == new


async def test_it_is_filled_with_the_rows_of_another_file(
    kept: KeptFile, sqlite_template: Path, tmp_path: Path, clock: ManualClock
) -> None:
    shutil.copy(sqlite_template, tmp_path / "filled.db")
    async with opened(f"sqlite:///{tmp_path / 'filled.db'}") as db:
        await a_life(db, clock.now())
    for _ in range(2):
        with kept.lent() as path:
            kept.fill(tmp_path / "filled.db")
            assert state(path) == state(tmp_path / "filled.db")


async def test_connections_stay_with_the_statements_that_they_have_prepared(kept: KeptFile) -> None:
    seen = []
    for _ in range(2):
        with kept.lent() as path:
            async with opened(f"sqlite:///{path}") as db:
                seen.append(await raw(db))
                async with db.read() as conn:
                    asked = [
                        (await conn.execute(text(f"PRAGMA {name}"))).scalar()
                        for name in ("foreign_keys", "synchronous")
                    ]
                assert asked == [1, 2]
    assert seen[0] is seen[1]


async def test_what_a_program_that_was_killed_left_open_is_ended(kept: KeptFile) -> None:
    with kept.lent() as path:
        new = state(path)
        killed = Database(f"sqlite:///{path}")
        connection = await raw(killed)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM known_groups")
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    with kept.lent() as same:
        assert same == path
        assert state(path) == new
    await killed.close()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE chats ADD COLUMN newer TEXT",
        "CREATE INDEX other ON chats (last_words)",
        "CREATE TABLE other (n INTEGER)",
        f"UPDATE known_groups SET title = zeroblob({4096 * (MANY_PAGES + 1)})",
    ],
)
async def test_what_is_more_than_some_rows_makes_a_new_file(kept: KeptFile, statement: str) -> None:
    with kept.lent() as path:
        new = state(path)
        async with opened(f"sqlite:///{path}") as db:
            used = await raw(db)
            await run(db, statement)
    with kept.lent() as path:
        assert state(path) == new
        async with opened(f"sqlite:///{path}") as db:
            assert await raw(db) is not used


async def test_so_does_another_file_in_its_place(kept: KeptFile) -> None:
    with kept.lent() as path:
        new = state(path)
        path.rename(path.with_suffix(".moved"))
        path.write_bytes(b"")
    with kept.lent() as path:
        assert state(path) == new


async def test_so_do_other_rights_and_a_file_beside_it(kept: KeptFile) -> None:
    with kept.lent() as path:
        mode = path.stat().st_mode
        path.chmod(0o640)
    with kept.lent() as path:
        assert path.stat().st_mode == mode
        path.with_name("backup.db").write_bytes(b"")
    with kept.lent() as path:
        assert [beside.name for beside in path.parent.iterdir() if not beside.name.startswith(path.name)] == []


async def test_a_connection_that_is_set_otherwise_is_closed(kept: KeptFile) -> None:
    with kept.lent() as path:
        async with opened(f"sqlite:///{path}") as db:
            await run(db, "PRAGMA foreign_keys = OFF")
            used = await raw(db)
    with kept.lent() as path:
        async with opened(f"sqlite:///{path}") as db:
            assert await raw(db) is not used


async def test_other_files_have_connections_of_their_own(kept: KeptFile, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "other.db")
    with kept.lent():
        async with opened(f"sqlite:///{tmp_path / 'other.db'}") as db:
            assert not isinstance(await raw(db), KeptConnection)
