"""Backups of a SQLite database in the same folder, and the newest one that can be read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

HEADER = b"SQLite format 3\x00"
MOST_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    at: datetime  # when its file was last written


def newest_backup(of: Path) -> Backup | None:
    """The newest undamaged duebot database in the same folder, other than `of` itself; None if there is none."""
    return next((backup for backup in _newest_first(of) if _is_whole(backup.path)), None)


def backups_beside(of: Path) -> list[Backup]:
    """Every duebot database in the same folder other than `of` itself, damaged ones too, newest first."""
    return [backup for backup in _newest_first(of) if _is_ours(backup.path)]


def _newest_first(of: Path) -> list[Backup]:
    found = [Backup(file, datetime.fromtimestamp(file.stat().st_mtime, UTC)) for file in _databases_beside(of)]
    return sorted(found, key=lambda backup: backup.at, reverse=True)[:MOST_LOOKED_AT]


def _databases_beside(of: Path) -> list[Path]:
    found = []
    for file in of.parent.iterdir():
        try:
            # The database's own files are not opened here: closing them would end SQLite's locks in this process.
            if not file.name.startswith(of.name) and file.is_file():
                with file.open("rb") as opened:
                    found += [file] if opened.read(len(HEADER)) == HEADER else []
        except OSError:
            continue  # another user's file, which is no help
    return found


def _is_whole(file: Path) -> bool:
    return _is_ours(file) and _answers(file, "PRAGMA quick_check(1)") == ("ok",)


def _is_ours(file: Path) -> bool:
    return _answers(file, "SELECT count(*) FROM sqlite_master WHERE name IN ('notice_items', 'customers')") == (2,)


def _answers(file: Path, query: str) -> object:
    try:
        opened = sqlite3.connect(f"file:{quote(str(file))}?mode=ro&immutable=1", uri=True)
        try:
            return opened.execute(query).fetchone()
        finally:
            opened.close()
    except sqlite3.Error:
        return None
