"""Files with customers' names and debts: only their owner may read them, whatever the umask is."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from storage.runtime.backups import backups_beside

OWNER_ONLY = 0o600
BESIDE = ("", "-wal", "-shm")  # SQLite's files; it gives the others the database file's mode


def make_private(path: Path) -> None:
    """Creates an empty file; an existing one is left unchanged. Raises OSError."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY))


def open_to_others(database: Path) -> list[Path]:
    """The files of a SQLite database, and backups beside it, that other users than their owner may read or write."""
    files = [database.with_name(database.name + ending) for ending in BESIDE]
    with contextlib.suppress(OSError):  # a folder that may not be listed
        files += [backup.path for backup in backups_beside(database)]
    return [file for file in files if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077]
