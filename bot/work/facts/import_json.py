"""Facts as JSON objects: written to import files of their own and imported, so that nothing of a file's rules, refusals
and idempotence is written twice.

An object has the names of the columns. A name that is left out keeps what is known, as a column that a file lacks;
`null` clears it, as a blank cell. So objects with other names go into another file: `MOST_SHAPES` of them at most.
"""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TextIO

from bot.rules.facts.strict_json import NotJson, parse_json
from bot.work.facts.import_run import Report, import_paths
from bot.work.facts.import_values import CONTROL, KINDS, UNDECODED, Kind
from storage.runtime.engine import Database

MOST_SHAPES = 64
MOST_LINE = 64 << 10  # bytes of one object
MOST_TOLD = 1000  # refusals that are told one by one
BATCH = 500  # rows in a transaction, between which others are served
FOLDER = "duebot-facts-"
_OURS = f"{os.getpid()}-{secrets.token_hex(4)}"  # a process in a container has the same number in each of its lives
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class RowRefused:
    """`row` is the number of the object, from 1; `reason` says what was given and what was expected."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """An object that cannot be read at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the objects. `refused` counts those of which anything was refused, also those that went in without
    a value; of these, `refusals` has the first ones."""

    added: int
    changed: int
    same: int
    refused: int
    refusals: tuple[RowRefused, ...]


@dataclass(slots=True)
class _File:
    """The rows of one shape. The object with the number n is on line n + 1, below the header: lines between are blank,
    which an import reads as nothing."""

    path: Path
    out: TextIO
    line: int = 0
    count: int = 0

    def write(self, line: int, cells: Sequence[str]) -> None:
        self.out.write("\n" * (line - self.line - 1))
        csv.writer(self.out, lineterminator="\n").writerow(cells)
        self.line, self.count = line, self.count + 1


class JsonRows:
    """The objects of one import, as they come in. Only they and the present shapes' files are kept, on disk."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._folder = folder_of_facts()
        self._files: dict[tuple[str, ...], _File] = {}
        self._refused: list[RowRefused] = []
        self._refused_count = 0
        self.count = 0

    def __enter__(self) -> JsonRows:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files.values():
            file.out.close()
        self._folder.cleanup()

    def add_text(self, text: bytes) -> None:
        """Adds an object as it was sent; blank lines are nothing."""
        if not text.strip():
            return
        try:
            self.add(parse_json(text) if len(text) <= MOST_LINE else Unread(f"is longer than {MOST_LINE} bytes"))
        except NotJson as why:
            self.add(Unread(f"{why}; expected one object on a line"))

    def add(self, given: object) -> None:
        """Adds an object, or keeps why it is refused."""
        self.count += 1
        cells = cells_of(self.kind, given)
        if isinstance(cells, str):
            self._refuse(self.count, cells)
            return
        shape = tuple(name for name in self.kind.columns if name in cells)
        file = self._files.get(shape) or self._begin(shape)
        if file is None:
            self._refuse(self.count, f"has other names than the {MOST_SHAPES} sets before; send it on its own")
        else:
            file.write(self.count + 1, [cells[name] for name in shape])

    async def take_in(self, db: Database, now: datetime) -> Imported:
        """Imports what was added. An exception means that the database or the disk failed, and that it is not known
        which objects were refused; the same ones again do the rest."""
        for file in self._files.values():
            file.out.close()
        report = await import_paths(db, [file.path for file in self._files.values()], now, batch=BATCH, is_whole=False)
        if errors := [file.error for file in report.files if file.error]:
            raise OSError(errors[0])
        counts = report.counts[self.kind.name]
        refusals = sorted([*self._refused, *self._told(report)], key=lambda each: each.row)[:MOST_TOLD]
        refused = self._refused_count + counts.refused
        return Imported(counts.added, counts.changed, counts.same, refused, tuple(refusals))

    def _begin(self, shape: tuple[str, ...]) -> _File | None:
        if len(self._files) >= MOST_SHAPES:
            return None
        path = Path(self._folder.name) / f"{self.kind.name}-{len(self._files)}.csv"
        file = self._files[shape] = _File(path, path.open("w", encoding="utf-8", newline=""))
        file.write(1, shape)
        return file

    # --- What was refused --------------------------------------------------------------------------------------------

    def _refuse(self, row: int, reason: str) -> None:
        self._refused_count += 1
        if len(self._refused) < MOST_TOLD:
            self._refused.append(RowRefused(row, reason))

    def _told(self, report: Report) -> Iterator[RowRefused]:
        for told in report.files:
            if told.refused_file is not None:
                with told.refused_file.open(encoding="utf-8", newline="") as refused:
                    for line, reason, *_ in islice(csv.reader(refused), 1, MOST_TOLD + 1):
                        yield RowRefused(int(line) - 1, reason)


def folder_of_facts() -> tempfile.TemporaryDirectory[str]:
    """A folder for files about persons; should this process be killed, the next one deletes it."""
    return tempfile.TemporaryDirectory(prefix=f"{FOLDER}{_OURS}-", ignore_cleanup_errors=True)


def drop_left_over() -> None:
    """Deletes what processes that were killed have left on disk: it may be about persons."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        number, _, rest = folder.name.removeprefix(FOLDER).partition("-")
        if number.isdecimal() and rest and not folder.name.startswith(f"{FOLDER}{_OURS}-") and not _runs(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether it is another process that runs. Our own number was that of an earlier life."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return process != os.getpid()


# --- One object ------------------------------------------------------------------------------------------------------


def cells_of(kind: Kind, given: object) -> dict[str, str] | str:
    """The cells of an object by column; or why it is refused."""
    if isinstance(given, Unread):
        return given.reason
    if not isinstance(given, dict):
        return "is not an object with the names of columns"
    if unknown := sorted(str(name)[:40] for name in given if name not in kind.columns):
        return f"has unknown names: {', '.join(unknown[:5])!r}; expected some of {', '.join(kind.columns)}"
    if missing := [name for name in kind.needed if _is_blank(given.get(name))]:
        return f"{', '.join(missing)} is missing; it is needed"
    cells: dict[str, str] = {}
    for name, value in given.items():
        cell = _cell(name, value)
        if cell is None:
            return f"{name} is a {_TYPES.get(type(value), 'value')}; expected a string, amounts included"
        if CONTROL.search(cell) or UNDECODED.search(cell):
            return f"{name} is not plain text on one line"
        cells[name] = cell
    return cells


def _is_blank(value: object) -> bool:
    """As a blank cell. An object of blank cells alone would be a blank line, which is nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


_TYPES = {int: "number", float: "number", bool: "true or false", list: "list", dict: "object"}


def _cell(name: str, value: object) -> str | None:
    """A value as a cell of a file; None if it has the wrong type. Numbers would lose their last decimals."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("true" if value else "false") if name == "vulnerable" else None
    return value if isinstance(value, str) else None
