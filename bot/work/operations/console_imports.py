"""Imports as the console shows them, and a file that is imported from there: on disk only while it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from bot.rules.operations.audit_log import OperationKind
from bot.work.facts.import_json import BATCH
from bot.work.facts.import_records import Importing
from bot.work.facts.import_refusals import OWN_COLUMNS
from bot.work.facts.import_run import Report, import_paths
from bot.work.facts.spreadsheets import csv_lines, guarded
from bot.work.operations.uploads import Upload
from storage.cases.agents import Agent
from storage.facts import import_records
from storage.facts.import_records import ImportedFile, RefusedRow
from storage.operations import operation_events
from storage.runtime.engine import Database

MOST_FILES, MOST_ROWS, A_TIME = 100, 200, 1000
MOST_BYTES = 64 << 20  # of a file from a browser; larger ones are for `duebot import`
MOST_NAME = 100
ONE_READING = timedelta(hours=1)


async def latest_imports(db: Database) -> Sequence[ImportedFile]:
    """The newest first."""
    async with db.read() as conn:
        return await import_records.latest(conn, MOST_FILES)


async def import_seen(db: Database, number: int) -> tuple[ImportedFile, Sequence[RefusedRow]] | None:
    """One file, with its first refused rows; None if it is not on record."""
    async with db.read() as conn:
        found = await import_records.one(conn, number)
        return (found, await import_records.refused_of(conn, number, 0, MOST_ROWS)) if found is not None else None


async def note_reading(db: Database, kind: OperationKind, file: ImportedFile, agent: Agent, now: datetime) -> None:
    """Who reads refused rows reads names and phone numbers: it is on record, once an hour for each file."""
    async with db.write() as conn:
        await operation_events.note_once(conn, kind, file.name, now, now - ONE_READING, actor_id=agent.telegram_id)


async def refused_as_csv(db: Database, file: ImportedFile) -> AsyncIterator[str]:
    """The refused rows as they were given, below our two columns: this very file can be mended and imported."""
    yield _line([*OWN_COLUMNS, *file.header])
    after = 0
    while True:
        async with db.read() as conn:
            rows = await import_records.refused_of(conn, file.number, after, A_TIME)
        if not rows:
            return
        yield "".join(_line([str(row.line), row.reason, *row.cells]) for row in rows)
        after = rows[-1].number


def to_mend(file: ImportedFile, rows: Sequence[RefusedRow]) -> str:
    """Refused rows as the file gave them, to be changed where they are shown; each once, whatever is wrong in it."""
    lines = {row.line: row.cells for row in rows}
    return "".join(_line(cells) for cells in (file.header, *lines.values()))


def _line(cells: Sequence[str]) -> str:
    return csv_lines([[guarded(cell) for cell in cells]])


async def take_in(upload: Upload, db: Database, agent: Agent, now: datetime) -> Report:
    """Imports a file from a browser as `duebot import` does, with the same rules and refusals."""
    upload.close()
    name = "".join(sign for sign in upload.name if sign.isprintable())[:MOST_NAME] or "upload.csv"
    on_record = Importing(db, now, agent.telegram_id, name)
    return await import_paths(db, [upload.path], now, batch=BATCH, is_whole=False, on_record=on_record)
