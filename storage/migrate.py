"""Brings a database to the program's schema, from any earlier state; the steps themselves are in `storage.migrations`.

Several processes may do it at once: the first does the work in one transaction, the others wait for it and find
nothing left to do. A failed step leaves the database as it was.
"""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Database

# Any number that nothing else in the same PostgreSQL database takes as an advisory lock.
LOCK_ID = 0x64756562  # "dueb"


class DatabaseIsNewer(RuntimeError):
    """The database was brought to its state by a newer duebot than this one."""


async def upgrade(db: Database) -> None:
    """Runs every step that `db` lacks, all in one transaction; raises `DatabaseIsNewer`."""
    if await is_current(db):
        return
    async with db.write() as conn:
        await _wait_for_turn(conn)
        await conn.run_sync(_upgrade)


async def is_current(db: Database) -> bool:
    """Whether `db` has every step behind it."""
    return not await pending(db)


async def pending(db: Database) -> list[str]:
    """The steps that `db` lacks, in order, each as "0001 what it does"; raises `DatabaseIsNewer`."""
    async with db.read() as conn:
        return await conn.run_sync(_pending)


async def _wait_for_turn(conn: AsyncConnection) -> None:
    """Holds other processes off until the transaction ends; SQLite's write lock already does."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})


def _upgrade(connection: Connection) -> None:
    if not _pending(connection):
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _pending(connection: Connection) -> list[str]:
    steps = _steps()
    at = MigrationContext.configure(connection).get_current_revision()
    numbers = [number for number, _ in steps]
    if at is None:
        return [f"{number} {what}" for number, what in steps]
    if at not in numbers:
        raise DatabaseIsNewer(
            f"the database is at step {at}, this duebot knows the steps up to {numbers[-1]}; install the newer duebot"
        )
    return [f"{number} {what}" for number, what in steps[numbers.index(at) + 1 :]]


@cache
def _steps() -> list[tuple[str, str]]:
    """Every step as (number, what it does), oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [(script.revision, script.doc) for script in reversed(list(scripts))]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config
