"""The doctor and the database: reachable, private, whole, with tables and fresh facts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.work.operations.health_checks import examine
from storage.runtime.engine import Database
from tests.work.lives import customer, owes
from tests.work.operations.health import make_rounds, one, settings, wrong

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_a_database_that_cannot_be_reached_is_wrong(clock: ManualClock) -> None:
    db = Database("postgresql://127.0.0.1:1/wallet")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok) == ("database", False)
    assert finding.words.startswith("PostgreSQL's wallet at 127.0.0.1 cannot be used: it cannot be reached")


async def test_a_database_that_does_not_exist_is_not_made(clock: ManualClock, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'none.db'}")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok) == ("database", False)
    assert "run `duebot migrate`" in finding.mend
    assert not (tmp_path / "none.db").exists()


async def test_a_file_that_others_may_read_is_wrong(sqlite_db: Database, clock: ManualClock) -> None:
    assert sqlite_db.path is not None
    async with sqlite_db.write():
        sqlite_db.path.chmod(0o644)
        [finding] = [f for f in await wrong(sqlite_db, clock) if f.what == "privacy"]
    assert finding.ok is False
    assert finding.mend.startswith(f"run `chmod 600 {sqlite_db.path}")


async def test_a_backup_that_others_may_read_is_wrong(sqlite_db: Database, clock: ManualClock) -> None:
    assert sqlite_db.path is not None
    backup = sqlite_db.path.with_name("backup.db")
    with closing(sqlite3.connect(sqlite_db.path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    backup.chmod(0o644)
    [finding] = [f for f in await wrong(sqlite_db, clock) if f.what == "privacy"]
    assert finding.mend == f"run `chmod 600 {backup}`"


async def test_a_postgresql_that_may_forget_is_told(postgresql_db: Database, clock: ManualClock) -> None:
    [finding] = [f for f in await examine(settings(), postgresql_db, None, clock) if f.what == "durability"]
    assert finding.ok is None
    assert finding.words.endswith("when the power fails: fsync = off, full_page_writes = off, synchronous_commit = off")


async def test_a_garbled_file_is_a_finding(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "garbled.db").write_text("no database" * 100)
    db = Database(f"sqlite:///{tmp_path / 'garbled.db'}")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok) == ("database", False)
    assert "garbled.db cannot be read: it is no SQLite database; stop duebot" in finding.words


async def test_a_database_without_tables_is_wrong(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    db = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok, finding.mend) == ("database", False, "run `duebot migrate`")


async def test_an_empty_database_says_what_to_do_first(db: Database, clock: ManualClock) -> None:
    found = {f.what: (f.ok, f.mend) for f in await wrong(db, clock)}
    assert found == {
        "customers": (None, "run `duebot import PATH…` with the wallet's files"),
        "agents": (False, "run `duebot agent add TELEGRAM_ID --name NAME`"),
        "planner": (None, "start the program: `duebot run`"),
    }


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_facts_too_old_for_one_segment_are_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    step = '[[step]]\nid = "after-1"\nday = 1\nmessage = "overdue"\n'
    path.write_text(f'name = "two"\nfacts_max_age = "36h"\n{step}[segment.trusted]\nfacts_max_age = "2h"\n')
    clock.move(timedelta(hours=3))
    await make_rounds(healthy, clock)
    (finding,) = [f for f in await wrong(healthy, clock, policy=str(path)) if f.what == "facts"]
    assert finding.words == "the wallet's last facts are 3 hours old, the policy allows 2 hours"


async def test_facts_older_than_the_policy_allows_are_wrong(healthy: Database, clock: ManualClock) -> None:
    clock.move(timedelta(hours=37))
    await make_rounds(healthy, clock)
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("facts", False)
    assert finding.words == "the wallet's last facts are 37 hours old, the policy allows 36 hours"


async def test_who_is_left_out_of_newer_files_is_as_it_should_be(healthy: Database, clock: ManualClock) -> None:
    old = clock.now() - timedelta(hours=40)
    await customer(healthy, old, "C2", phone=None)
    await owes(healthy, old, clock.now().date(), "I2", "C2")
    assert await wrong(healthy, clock) == []


async def test_nobody_linked_is_a_warning(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    words = [f.words for f in await wrong(db, clock) if f.what == "customers"]
    assert words == ["1 known, 0 linked to Telegram"]
