"""Export: writes a table as a CSV file for other programs and spreadsheets. `storage.facts.exports` defines the tables.

UTF-8 without a BOM, a header, rows ended by a line feed. Instants are ISO 8601 in UTC (`2026-03-02T04:00:00Z`), dates
`YYYY-MM-DD`, amounts decimal strings in the unit of the currency beside them, yes and no `true` and `false`; an unknown
value is an empty cell.

These files contain what people wrote, so no text in them may be a formula in a spreadsheet
(`bot.work.facts.spreadsheets`).
"""

from __future__ import annotations

import contextlib
import csv
import os
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from bot.rules.facts.money import Money
from bot.work.facts.spreadsheets import guarded
from storage.facts.exports import EXPORTS
from storage.runtime.engine import Database

STDOUT = "-"


class WrongTable(ValueError):
    """There is no such table to export; the message lists the tables."""


class CannotWrite(OSError):
    """The file cannot be written; the message says why."""


def check_table(table: str) -> None:
    """Raises `WrongTable` for a table that cannot be exported."""
    if table in EXPORTS:
        return
    known = ", ".join(EXPORTS)
    raise WrongTable(f"there is no table {table[:40]!r}; expected one of {known}")


async def export(db: Database, table: str, file: str, stdout: BinaryIO) -> int:
    """Writes all rows of `table` to `file`, or to `stdout` if `file` is '-'; returns how many. The file appears
    complete or not at all. Raises `WrongTable` and `CannotWrite`."""
    check_table(table)
    if file == STDOUT:
        with _as_text(stdout) as out:
            return await _write(db, table, out)
    with _whole_file(file) as out:
        return await _write(db, table, out)


async def _write(db: Database, table: str, out: TextIO) -> int:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(EXPORTS[table].columns)
    count = 0
    async with db.read() as conn:
        async for row in EXPORTS[table].rows(conn):
            writer.writerow([cell(value) for value in row])
            count += 1
    return count


def cell(value: object) -> str:
    """A value as it is written in the file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Money):
        return f"{value.to_decimal():f}"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return guarded(str(value))


def instant(at: datetime) -> str:
    """`at` as ISO 8601 in UTC, to the second: 2026-03-02T04:00:00Z."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@contextlib.contextmanager
def _as_text(stream: BinaryIO) -> Iterator[TextIO]:
    text = TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="", write_through=False)
    try:
        yield text
        text.flush()
    finally:
        text.detach()


@contextlib.contextmanager
def _whole_file(file: str) -> Iterator[TextIO]:
    """A new file beside the target, renamed to it when it is complete. It may contain names and phone numbers, so only
    its owner can read it. An existing file keeps its permissions; something that is not a regular file (a pipe) is
    written directly."""
    path = Path(file).resolve()
    plain = path.is_file() or not path.exists()
    try:
        out, part = _part_of(path) if plain else (_opened(path), None)
    except OSError as error:
        raise CannotWrite(
            f"cannot write {file!r}: {error.strerror}; expected a file in a folder that exists"
        ) from error
    try:
        with out:
            yield out
            out.flush()
            if part is not None:
                os.fsync(out.fileno())
        if part is not None:
            if path.exists():
                part.chmod(stat.S_IMODE(path.stat().st_mode))
            part.replace(path)
    except BaseException:
        if part is not None:
            part.unlink(missing_ok=True)
        raise


def _part_of(path: Path) -> tuple[TextIO, Path]:
    number, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    return _opened(number), Path(name)


def _opened(file: Path | int) -> TextIO:
    return open(file, "w", encoding="utf-8", errors="replace", newline="")  # noqa: PTH123  may be a descriptor
