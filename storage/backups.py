"""Backups of a SQLite database that lie beside it: which is the newest that can be read."""

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
    """The newest file in the same folder that is a whole duebot database and not `of` itself."""
    for file in sorted(_databases_beside(of), key=_written_at, reverse=True)[:MOST_LOOKED_AT]:
        if _is_whole(file):
            return Backup(file, datetime.fromtimestamp(_written_at(file), UTC))
    return None


def _databases_beside(of: Path) -> list[Path]:
    found = []
    for file in of.parent.iterdir():
        try:
            # What SQLite has open is left alone: to close it again would end its locks.
            if not file.name.startswith(of.name) and file.is_file():
                with file.open("rb") as opened:
                    found += [file] if opened.read(len(HEADER)) == HEADER else []
        except OSError:
            continue  # somebody else's; what cannot be read is no help
    return found


def _written_at(file: Path) -> float:
    return file.stat().st_mtime


def _is_whole(file: Path) -> bool:
    try:
        opened = sqlite3.connect(f"file:{quote(str(file))}?mode=ro&immutable=1", uri=True)
        try:
            opened.execute("SELECT 1 FROM notice_items, alembic_version LIMIT 1")
            return bool(opened.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            opened.close()
    except sqlite3.Error:
        return False
