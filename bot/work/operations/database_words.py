"""A database that cannot be used, in plain words: which one, what is wrong, and what to do.

The text contains no statement, value or password, and no link to other documentation.
"""

from __future__ import annotations

from pathlib import Path

from storage.runtime.backups import newest_backup
from storage.runtime.engine import Database
from storage.runtime.failures import Unusable, damage_of, trouble_of
from storage.runtime.migrate import NotOurs


def name_of(db: Database) -> str:
    """The name of the database that others may read."""
    if db.is_sqlite:
        return str(db.path.absolute()) if db.path is not None else "a database in memory"
    return f"PostgreSQL's {db.url.database or db.url.username or 'database'} at {db.url.host or 'a local socket'}"


def words_of(db: Database, error: Exception) -> str | None:
    """One line; None if `error` does not come from the database, or is a bug of duebot."""
    if isinstance(error, OSError) and error.filename is not None and not isinstance(error, Unusable):
        return None  # another file
    name = name_of(db)
    if isinstance(error, NotOurs):
        return f"{name} cannot be used: {error}"
    if (damage := damage_of(error)) is not None:
        return f"{name} cannot be read: {damage}; {_backup(db.path)}"
    if (trouble := trouble_of(error)) is not None:
        return f"{name} cannot be used: {_file_fault(db.path) or trouble}"
    return None


def _file_fault(path: Path | None) -> str | None:
    """What can be seen from outside of a file that SQLite cannot use."""
    if path is None:
        return None
    path = path.absolute()
    if path.is_dir():
        return f"it is a folder; name a file in it, such as {path / 'duebot.db'}"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it, or name another"
    if not path.exists():
        return "there is no such file, and none can be made there; see whose the folder is"
    return None


def _backup(path: Path | None) -> str:
    """Which backup to use. docs/operate.md, Backups, says how."""
    if path is None:
        return "restore the newest pg_dump (docs/operate.md, Backups)"
    aside = f"stop duebot, move {path.name}, {path.name}-wal and {path.name}-shm away"
    found = newest_backup(path.absolute())
    where = "(docs/operate.md, Backups)"
    if found is None:
        return f"{aside}, and put your newest backup in its place {where}"
    of = f"the newest whole backup beside it, of {found.at:%Y-%m-%d %H:%M} UTC"
    return f"{aside}, and put {found.path} in its place, {of} {where}"
