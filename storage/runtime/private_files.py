"""Files that hold what customers are called and owe: their owner alone may read them, whatever the umask says."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from storage.runtime.backups import backups_beside

OWNER_ONLY = 0o600
BESIDE = ("", "-wal", "-shm")  # what SQLite keeps beside its file, and gives that file's mode


def make_private(path: Path) -> None:
    """Makes an empty file there, and leaves what is there already as it is; raises OSError."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY))


def open_to_others(database: Path) -> list[Path]:
    """Which files of a SQLite database, and backups beside it, somebody else than their owner may read or write."""
    files = [database.with_name(database.name + ending) for ending in BESIDE]
    with contextlib.suppress(OSError):  # a folder that may not be listed
        files += [backup.path for backup in backups_beside(database)]
    return [file for file in files if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077]
