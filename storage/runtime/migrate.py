"""Brings a database from any earlier state to the program's schema. The steps are in `storage.migrations`.

Several processes may start this at once: the first does the work in one transaction, the others wait and find nothing
left to do. A failed step leaves the database as it was.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import Database

# An advisory lock's number that nothing else in the same PostgreSQL database uses.
LOCK_ID = 0x64756562  # "dueb"
OURS = "notice_items"  # a table that exists since the first step, and in no other program's database


class DatabaseIsNewer(RuntimeError):
    """A newer duebot than this one has migrated the database, and taken away what this one uses."""


class DatabaseIsBehind(RuntimeError):
    """The database lacks steps that this program needs, and nobody but `duebot migrate` runs them."""


class NotOurs(RuntimeError):
    """The database holds another program's tables."""


async def upgrade(db: Database) -> None:
    """Runs every step that `db` lacks, in one transaction; creates SQLite's file if needed. Raises `DatabaseIsNewer`
    and `NotOurs`."""
    db.make()
    if await is_current(db):
        return
    async with db.write() as conn:
        await _wait_for_turn(conn)
        await conn.run_sync(_upgrade)


async def require_current(db: Database) -> None:
    """Raises `DatabaseIsBehind` with the steps that `db` lacks and how to mend it."""
    if steps := await pending(db):
        missing = "1 step is" if len(steps) == 1 else f"{len(steps)} steps are"
        what = f"{missing} missing ({', '.join(steps)})"
        raise DatabaseIsBehind(f"the database is not up to date: {what}; run `duebot migrate` first")


async def is_current(db: Database) -> bool:
    """Whether every step was run on `db`."""
    return not await pending(db)


async def was_made(db: Database) -> bool:
    """Whether `db` is a duebot database, even if steps are missing. Creates nothing; raises `NotOurs` and
    `DatabaseIsNewer`."""
    if db.path is not None and not (db.path.exists() and db.path.stat().st_size):
        return False  # opening an empty file would write its first page
    async with db.read() as conn:
        await conn.run_sync(_pending)
        return await conn.run_sync(_step_of) is not None


async def pending(db: Database) -> list[str]:
    """The steps that `db` lacks, in order, each as "0001 what it does"; raises `DatabaseIsNewer` and `NotOurs`."""
    if db.path is not None and not db.path.exists():
        return _after(None)
    async with db.read() as conn:
        return await conn.run_sync(_pending)


async def _wait_for_turn(conn: AsyncConnection) -> None:
    """Makes other processes wait until the transaction ends. On SQLite the write lock does this."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})


def _upgrade(connection: Connection) -> None:
    if _pending(connection):
        from storage.runtime.migration_steps import run_all  # as below

        run_all(connection)


def _pending(connection: Connection) -> list[str]:
    at = _step_of(connection)
    tables = set(inspect(connection).get_table_names())
    if OURS in tables and at is not None and at > newest() and _is_usable(connection):
        return []  # a newer duebot has only added to it
    if not tables or OURS in tables:
        return _after(at)
    named = ", ".join(sorted(tables)[:3])
    raise NotOurs(f"it is another program's, with tables such as {named}; give duebot a database of its own")


def _after(at: str | None) -> list[str]:
    if at == newest():
        return []
    # Alembic takes long to import, and nearly every start returns above.
    from storage.runtime.migration_steps import steps

    numbers = [number for number, _ in steps()]
    if at is not None and at not in numbers:
        raise DatabaseIsNewer(
            f"the database is at step {at}, this duebot knows the steps up to {numbers[-1]}; install the newer duebot"
        )
    done = 0 if at is None else numbers.index(at) + 1
    return [f"{number} {what}" for number, what in steps()[done:]]


def _step_of(connection: Connection) -> str | None:
    """The last step that was run on the database, as Alembic stored it; None if none was."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _is_usable(connection: Connection) -> bool:
    """Whether a newer duebot that has migrated the database left all that this one uses."""
    usable_from = connection.execute(text("SELECT usable_from FROM program_state")).scalar()
    return usable_from is not None and str(usable_from) <= newest()


@cache
def newest() -> str:
    """The number of the newest step. The name of each step's file begins with its number: `0001_what_it_does.py`."""
    names = [entry.name for entry in files("storage.migrations.versions").iterdir()]
    return max(name.partition("_")[0] for name in names if name[:1].isdecimal())
