"""Reads import files: turns CSV into records with line numbers, in constant memory, for any content.

A broken row is a record with a fault, and reading continues in the line after its first one.
`bot.work.facts.import_headers` decides what the header means, `bot.work.facts.import_values` what the cells mean;
nothing here knows the database.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from bot.work.facts.import_headers import (
    SEPARATOR_LINE,
    SEPARATORS,
    Header,
    UnreadableFile,
    cells_of,
    header_of,
    separator_of,
)
from bot.work.facts.import_values import UNDECODED

MAX_LINE_BYTES = 1 << 20
MAX_LINES_OF_A_ROW = 50  # a quote that is still open after so many lines is a mistake
MAX_LINES_ABOVE_HEADER = 20  # how far a header is searched for, to report where it is
MAX_CELLS_SHOWN = 1000  # characters of an unreadable row that go into the refused file
SAVE_AS = 'save it as "CSV UTF-8"'
HEADER_AGAIN = "is the header once more, not a row; nothing is lost by it"
CUT = "the last line has no end, as the others have: the file was cut off; expected the whole row and a line end"

# The first bytes of files that are not text.
SIGNATURES = {
    codecs.BOM_UTF16_LE: f"is UTF-16; {SAVE_AS}",
    codecs.BOM_UTF16_BE: f"is UTF-16; {SAVE_AS}",
    b"PK\x03\x04": f"is an Excel workbook or another archive; {SAVE_AS}",
    b"\xd0\xcf\x11\xe0": f"is an Excel workbook; {SAVE_AS}",
    b"\x1f\x8b": "is compressed; unpack it first",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line where it begins (the first is 1), its cells, and its fault if it has one."""

    line: int
    cells: tuple[str, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    fault: str | None = None


class TooManyLines(Exception):
    """A quoted field does not end."""


class CsvFile:
    """An open import file. Iterating yields the records after the header; `position` says how many bytes were read.

    Raises `UnreadableFile` if it is not text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
            self.size = path.stat().st_size
            first = self._file.read(4)
            self._file.seek(0)
        except OSError as error:
            raise UnreadableFile(f"cannot be read: {error.strerror}") from None
        for signature, what in SIGNATURES.items():
            if first.startswith(signature):
                self._file.close()
                raise UnreadableFile(what)
        self._lines = _Lines(self._file)
        self._records: Iterator[Record] = iter(())
        self.cells: tuple[str, ...] = ()  # of the header
        self._header: Header | None = None

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        return self._file.tell()

    @property
    def not_utf8(self) -> str | None:
        """The place of the first byte that is not UTF-8, as "line 3 (byte 57 of the file)"."""
        return self._lines.not_utf8

    def read_header(self) -> Header:
        """Reads the header and says what the file contains; raises `UnreadableFile`, which names the line."""
        record = self._first_record()
        if record is None:
            raise UnreadableFile("is empty; expected a header row and rows below it")
        if record.fault:
            raise UnreadableFile(f"the header in line {record.line} cannot be read: {record.fault}")
        if any(UNDECODED.search(cell) for cell in record.cells):
            raise UnreadableFile(f"the header in {self.not_utf8} is not UTF-8 (maybe GBK or Big5); {SAVE_AS}")
        if any("\0" in cell for cell in record.cells):
            raise UnreadableFile(f"the header in line {record.line} is not text (maybe UTF-16); {SAVE_AS}")
        try:
            self._header = header_of(record.cells)
        except UnreadableFile as error:
            if (below := self._header_below()) is not None:
                above = f"line {record.line}" if below == record.line + 1 else f"lines {record.line} to {below - 1}"
                raise UnreadableFile(f"the header is in line {below}; expected it first: remove {above}") from None
            raise UnreadableFile(f"line {record.line} {error}") from None
        self.cells = record.cells
        return self._header

    def __iter__(self) -> Iterator[Record]:
        assert self._header is not None
        for record in self._records:
            if record.fault is None and record.cells == self.cells:
                yield replace(record, fault=HEADER_AGAIN)
            else:
                yield record if record.fault else _of_width(record, self._header)

    def _first_record(self) -> Record | None:
        """The first row that is not blank, read with the separator in Excel's `sep=` line, or the one that fits
        best."""
        line = self._lines.peek()
        while line is not None and line.fault is None and not line.text.strip(f"{SEPARATORS}\r\n "):
            self._lines.skip()
            line = self._lines.peek()
        if line is None:
            return None
        named = SEPARATOR_LINE.fullmatch(line.text)
        if named:
            self._lines.skip()
        self._records = _records(self._lines, named[1] if named else separator_of(line.text))
        return next(self._records, None)

    def _header_below(self) -> int | None:
        """The line of a header further down in the file, for example below a title."""
        for _ in range(MAX_LINES_ABOVE_HEADER):
            line = self._lines.peek()
            if line is None:
                return None
            self._lines.skip()
            with contextlib.suppress(UnreadableFile):
                header_of(cells_of(line.text, separator_of(line.text)))
                return self._lines.number
        return None


def _of_width(record: Record, header: Header) -> Record:
    """The record with as many cells as the header: spreadsheets add separators at the end, or drop them."""
    cells, width = record.cells, len(header.columns)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return replace(record, cells=cells[:width])
    missing = [column for column in header.columns[len(cells) :] if column in header.kind.needed]
    if len(cells) > width or missing:
        lacks = f": {', '.join(missing)} is missing" if missing else ""
        return replace(record, fault=f"has {len(cells)} fields; expected {width}, as in the header{lacks}")
    return replace(record, cells=cells + ("",) * (width - len(cells)))


def _records(lines: _Lines, separator: str) -> Iterator[Record]:
    """All rows that are not blank, with the header."""
    reader = csv.reader(lines, strict=True, delimiter=separator, skipinitialspace=True)
    while True:
        start = lines.number + 1
        lines.taken.clear()
        try:
            cells = tuple(next(reader))
        except StopIteration:
            return
        except (csv.Error, TooManyLines) as error:
            first = lines.rewind()
            yield Record(start, _salvaged(first.text, separator), first.fault or _explained(error))
            reader = csv.reader(lines, strict=True, delimiter=separator, skipinitialspace=True)
            continue
        fault = next((line.fault for line in lines.taken if line.fault), None)
        if any(map(str.strip, cells)) or (fault and fault is not CUT):
            yield Record(start, cells, fault)


def _explained(error: Exception) -> str:
    message = str(error)
    if "field larger" in message:
        return f"a field is longer than {csv.field_size_limit():,} characters"
    if "new-line" in message:
        return "a carriage return is in the middle; expected lines that end with LF or CR LF"
    if "expected after" in message:
        return 'a quote is where none is allowed; expected quotes around a whole field, and "" for one inside it'
    return f"a quote is not closed within {MAX_LINES_OF_A_ROW} lines; expected a second one at the end of the field"


def _salvaged(text: str, separator: str) -> tuple[str, ...]:
    """The cells of a faulty row, as far as they can be read."""
    shown = text.rstrip("\r\n")[:MAX_CELLS_SHOWN]
    try:
        return tuple(next(csv.reader([shown], delimiter=separator), [shown]))
    except csv.Error:
        return (shown,)


class _Lines:
    """The lines of a file as text, counted. The lines of the present row are kept so that they can be read again."""

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

    def peek(self) -> Line | None:
        """The next line without moving on; None after the last."""
        if not self._again:
            try:
                self._again.append(self._read())
            except StopIteration:
                return None
        return self._again[0]

    def skip(self) -> None:
        """Skips the next line, which must exist."""
        next(self)
        self.taken.clear()

    def rewind(self) -> Line:
        """Goes back to just after the first line of the present row, and returns that line."""
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
        """Bytes that are not UTF-8 stay in the text as lone surrogates, so that only their cell is refused."""
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            place = f"byte {before + error.start + 1} of the file"
            self.not_utf8 = self.not_utf8 or f"line {self.number + 1} ({place})"
            text = raw.decode("utf-8", "surrogateescape")
        is_cut = before > 0 and not raw.endswith((b"\n", b"\r"))
        return Line(text if before else text.removeprefix("\ufeff"), CUT if is_cut else None)

    def _skip_line(self) -> None:
        while raw := self._file.readline(MAX_LINE_BYTES):
            self._bytes += len(raw)
            if raw.endswith(b"\n"):
                return
