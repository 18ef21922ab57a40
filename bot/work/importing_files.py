"""Reads import files: CSV into records with their line numbers, in constant memory, whatever is in the file.

A broken row is a record with a fault, and reading goes on in the line after its first. What the cells mean is decided
in `bot.work.importing_values`; nothing here knows the database.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TextIO

from bot.work.importing_values import CUSTOMERS, KINDS, Kind

MAX_LINE_BYTES = 1 << 20
MAX_LINES_OF_A_ROW = 50  # a quote that is still open by then was never meant to be
MAX_CELLS_SHOWN = 1000  # characters of a row that could not be read, as it goes into the refused file
OWN_COLUMNS = ("line", "reason")  # what a refused file has in front of the original columns


class UnreadableFile(Exception):
    """No row of the file can be read; the message says why and what was expected."""


class UnknownKind(UnreadableFile):
    """The header is none of the four kinds."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the physical line where it begins (the header is in line 1), its cells, and what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    fault: str | None = None


class TooManyLines(Exception):
    """A quoted field goes on and on."""


class CsvFile:
    """An open import file. Iterating gives its records after the header; `position` says how many bytes were read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise UnreadableFile(f"cannot be read: {error.strerror}") from None
        self.size = path.stat().st_size
        self._lines = _Lines(self._file)
        self._records = _records(self._lines)
        self.header: tuple[str, ...] = ()

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        return self._file.tell()

    @property
    def not_utf8(self) -> str | None:
        """Where the first byte is that is not UTF-8, as "line 3 (byte 57 of the file)"."""
        return self._lines.not_utf8

    def read_kind(self) -> Kind:
        """Reads the header and says what the file holds; raises `UnreadableFile`."""
        record = next(self._records, None)
        if record is None:
            raise UnreadableFile("is empty; expected a header row and rows below it")
        if record.fault:
            raise UnreadableFile(f"the header in line {record.line} cannot be read: {record.fault}")
        self.header = record.cells
        return kind_of(record.cells)

    def __iter__(self) -> Iterator[Record]:
        width = len(self.header)
        for record in self._records:
            yield record if record.fault else _of_width(record, width)


def kind_of(header: Sequence[str]) -> Kind:
    """The kind whose needed columns are all there; raises `UnknownKind`, or `UnreadableFile` if it is nearly one."""
    names = [name.strip().lower() for name in header]
    if len(names) == 1 and (separator := next((s for s in ";\t|" if s in names[0]), None)):
        raise UnreadableFile(
            f"the header's fields are separated by {separator!r}; expected ',' (comma-separated UTF-8)"
        )
    scores = {kind: sum(column in names for column in kind.columns) for kind in KINDS}
    nearest = max(KINDS, key=lambda kind: (scores[kind], kind.id_column in names))
    for kind in reversed(KINDS):  # what refers to others has their ids too, so the last that fits is meant
        if set(kind.needed) <= set(names) and (kind is not CUSTOMERS or _only_customers(names, nearest, scores)):
            return _without_doubles(kind, names)
    lacking = [column for column in nearest.needed if column not in names]
    if scores[nearest] < 2 or not lacking:
        raise UnknownKind(f"header is none of the four kinds: {', '.join(kind.name for kind in KINDS)}")
    raise UnreadableFile(f"looks like {nearest.name}, but the header lacks {', '.join(lacking)}")


def _only_customers(names: Sequence[str], nearest: Kind, scores: Mapping[Kind, int]) -> bool:
    """Every file about customers has `customer_id`; one that has nothing else of theirs tells nothing of them."""
    return nearest is CUSTOMERS and (scores[CUSTOMERS] > 1 or len(names) == 1)


def _without_doubles(kind: Kind, names: Sequence[str]) -> Kind:
    doubled = [column for column in kind.columns if names.count(column) > 1]
    if doubled:
        raise UnreadableFile(f"the header has {', '.join(doubled)} more than once")
    return kind


def _of_width(record: Record, width: int) -> Record:
    cells = record.cells
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return replace(record, cells=cells[:width])  # spreadsheets leave commas at the end
    if len(cells) != width:
        return replace(record, fault=f"has {len(cells)} fields; expected {width}, as in the header")
    return record


def _records(lines: _Lines) -> Iterator[Record]:
    """All rows that are not blank, the header too."""
    reader = csv.reader(lines, strict=True)
    while True:
        start = lines.number + 1
        lines.taken.clear()
        try:
            cells = tuple(next(reader))
        except StopIteration:
            return
        except (csv.Error, TooManyLines) as error:
            first = lines.rewind()
            yield Record(start, _salvaged(first.text), first.fault or _explained(error))
            reader = csv.reader(lines, strict=True)
            continue
        fault = next((line.fault for line in lines.taken if line.fault), None)
        if fault or any(map(str.strip, cells)):
            yield Record(start, cells, fault)


def _explained(error: Exception) -> str:
    message = str(error)
    if "field larger" in message:
        return f"a field is longer than {csv.field_size_limit():,} characters"
    if "new-line" in message:
        return "a carriage return stands in the middle; expected lines that end with LF or CR LF"
    if "expected after" in message:
        return 'a quote stands where none may; expected quotes around a whole field, and "" for one inside it'
    return f"a quote is not closed within {MAX_LINES_OF_A_ROW} lines; expected a second one at the end of the field"


def _salvaged(text: str) -> tuple[str, ...]:
    """The cells of a row that is not right, as far as they can be told."""
    shown = text.rstrip("\r\n")[:MAX_CELLS_SHOWN]
    try:
        return tuple(next(csv.reader([shown]), [shown]))
    except csv.Error:
        return (shown,)


class _Lines:
    """The lines of a file as text, counted, with those of the row at hand kept so that they can be read once more."""

    def __init__(self, file: BinaryIO) -> None:
        self.number = 0
        self.taken: list[Line] = []
        self.not_utf8: str | None = None
        self._file = file
        self._again: deque[Line] = deque()
        self._bytes = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_LINES_OF_A_ROW:
            raise TooManyLines
        line = self._again.popleft() if self._again else self._read()
        self.number += 1
        self.taken.append(line)
        return line.text

    def rewind(self) -> Line:
        """Goes back to just after the first line of the row at hand, and returns that line."""
        first, *rest = self.taken
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        return first

    def _read(self) -> Line:
        raw = self._file.readline(MAX_LINE_BYTES)
        if not raw:
            raise StopIteration
        before, self._bytes = self._bytes, self._bytes + len(raw)
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            self._skip_line()
            return Line("", f"the line is longer than {MAX_LINE_BYTES:,} bytes")
        return self._decoded(raw, before)

    def _decoded(self, raw: bytes, before: int) -> Line:
        if before == 0:
            if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return Line("?", "the file is UTF-16; expected UTF-8")
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            place = f"byte {before + error.start + 1} of the file"
            self.not_utf8 = self.not_utf8 or f"line {self.number + 1} ({place})"
            return Line(raw.decode("utf-8", "backslashreplace"), f"is not UTF-8 at {place}; expected UTF-8")
        return Line(text, "contains a NUL byte; expected text" if "\0" in text else None)

    def _skip_line(self) -> None:
        while raw := self._file.readline(MAX_LINE_BYTES):
            self._bytes += len(raw)
            if raw.endswith(b"\n"):
                return


class RefusedFile:
    """`<file>.refused.csv`: line, reason and the original cells of each refused row, there only if there are any."""

    def __init__(self, source: CsvFile) -> None:
        self._name = f"{source.path.name}.refused.csv"
        self._beside = source.path.with_name(self._name)
        # The header of a refused file that was corrected and comes back has our two columns in front already.
        self._own = len(OWN_COLUMNS) if tuple(source.header[: len(OWN_COLUMNS)]) == OWN_COLUMNS else 0
        self._header = source.header[self._own :]
        self._file: TextIO | None = None
        self.path: Path | None = None
        self.trouble: str | None = None

    def write(self, record: Record, reason: str) -> None:
        if self._file is None and self.trouble is None:
            self._open()
        if self._file is not None:
            cells = record.cells[self._own :]
            csv.writer(self._file, lineterminator="\n").writerow([record.line, reason, *cells])

    def close(self) -> None:
        """Ends the file; if none was needed, one that an earlier import left is removed."""
        if self._file is not None:
            self._file.close()
        elif self.trouble is None and self._beside.is_file():
            try:
                self._beside.unlink()
            except OSError as error:
                self.trouble = f"{self._name} is of an earlier import and cannot be removed: {error.strerror}"

    def _open(self) -> None:
        for path in (self._beside, Path(self._name)):
            try:
                self._file = path.open("w", encoding="utf-8", newline="")
            except OSError as error:
                self.trouble = f"the refused rows could not be written to {self._name}: {error.strerror}"
                continue
            self.path, self.trouble = path, None
            csv.writer(self._file, lineterminator="\n").writerow([*OWN_COLUMNS, *self._header])
            return
