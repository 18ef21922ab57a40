"""Keeps the record of a file import, for those who mend what was refused: at most so many rows of each file, for a
month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.work.facts.import_headers import Header
from bot.work.facts.import_refusals import OWN_COLUMNS
from bot.work.facts.import_rows import Partly, Refused
from storage.facts import import_records
from storage.facts.import_records import RefusedRow
from storage.runtime.engine import Database

if TYPE_CHECKING:  # each process removes old records, and few import
    from bot.work.facts.import_files import Record

MOST_KEPT = 10_000  # refused rows of a file; the file beside it has all
ROWS_KEPT_FOR, FILES_KEPT_FOR = timedelta(days=30), timedelta(days=400)
MOST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Importing:
    """An import that is put on record: by an agent in the console, or by nobody (`duebot import`); `name` is what the
    file is called instead of its own name."""

    db: Database
    now: datetime
    agent_id: int | None = None
    name: str = ""

    async def begin(self, name: str, header: Header, cells: Sequence[str]) -> FileOnRecord:
        """A file of this import begins; `cells` is its header as it was written."""
        own = len(OWN_COLUMNS) if tuple(cells[: len(OWN_COLUMNS)]) == OWN_COLUMNS else 0
        columns = list(header.columns)
        at = columns.index("customer_id") if "customer_id" in columns else None
        async with self.db.write() as conn:
            about = (_plain(self.name or name), header.kind.name, cells[own:], self.agent_id, self.now)
            return FileOnRecord(self.db, await import_records.begin(conn, *about), own, at)


@dataclass(slots=True)
class FileOnRecord:
    """A file that is imported now. `own` of its first cells are ours; the customer's id is in the cell `id_at`."""

    db: Database
    number: int
    own: int
    id_at: int | None
    kept: int = field(default=0)

    async def add(self, not_whole: Sequence[tuple[Record, Refused | Partly]]) -> None:
        """Keeps rows that were refused, as far as there is room."""
        rows = [self._row(record, outcome) for record, outcome in not_whole[: MOST_KEPT - self.kept]]
        if rows:
            self.kept += len(rows)
            async with self.db.write() as conn:
                await import_records.refuse(conn, self.number, rows)

    def _row(self, record: Record, outcome: Refused | Partly) -> RefusedRow:
        there = self.id_at is not None and self.id_at < len(record.cells)
        whose = record.cells[self.id_at].strip() if there and self.id_at is not None else ""
        reason = outcome.reason.encode(errors="backslashreplace").decode()[:MOST_REASON]
        return RefusedRow(0, record.line, reason, tuple(record.cells[self.own :]), _plain(whose))

    async def end(self, rows: int, refused: int, error: str | None, now: datetime) -> None:
        async with self.db.write() as conn:
            await import_records.end(conn, self.number, rows, refused, error or "", now)


def _plain(text: str) -> str:
    return text.encode(errors="backslashreplace").decode().replace("\0", "")


async def drop_old_records(db: Database, now: datetime) -> None:
    async with db.write() as conn:
        await import_records.drop_before(conn, now - ROWS_KEPT_FOR, now - FILES_KEPT_FOR)
