"""Reads import files: turns CSV into records with line numbers, in constant memory, for any content.

A broken row is a record with a fault, and reading continues in the line after its first one.
`bot.work.facts.import_headers` decides what the header means, `bot.work.facts.import_values` what the cells mean;
nothing here knows the database.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from operator import itemgetter
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
from bot.work.facts.import_lines import CUT, MAX_LINES_OF_A_ROW, Block, Lines, TooManyLines
from bot.work.facts.import_values import UNDECODED

MAX_LINES_ABOVE_HEADER = 20  # how far a header is searched for, to report where it is
MAX_CELLS_SHOWN = 1000  # characters of an unreadable row that go into the refused file
SAVE_AS = 'save it as "CSV UTF-8"'
HEADER_AGAIN = "is the header once more, not a row; nothing is lost by it"

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
class Rows:
    """Rows that follow each other: the line where each begins, its cells, as many as the header has, and the faults of
    those that cannot be read, by place. `is_whole`: they are all of a block that begins and ends with a row, and is all
    UTF-8."""

    lines: Sequence[int]
    cells: Sequence[Sequence[str]]
    faults: Mapping[int, str] = field(default_factory=dict)
    is_whole: bool = True

    @classmethod
    def of(cls, records: Sequence[Record], *, is_whole: bool = True) -> Rows:
        faults = {n: record.fault for n, record in enumerate(records) if record.fault}
        return cls([record.line for record in records], [record.cells for record in records], faults, is_whole)

    def record(self, place: int) -> Record:
        return Record(self.lines[place], tuple(self.cells[place]), self.faults.get(place))


def joined(several: Sequence[Rows]) -> Rows:
    """All of these rows, in this order."""
    lines: list[int] = []
    cells: list[Sequence[str]] = []
    faults: dict[int, str] = {}
    for rows in several:
        faults |= {len(lines) + place: fault for place, fault in rows.faults.items()}
        lines += rows.lines
        cells += rows.cells
    return Rows(lines, cells, faults)


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
        self._lines = Lines(self._file)
        self._records: Iterator[Record | None] = iter(())
        self._separator = ","
        self.cells: tuple[str, ...] = ()  # of the header
        self._header: Header | None = None

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        return self._lines.position

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
        return (self._fitted(record) for record in self._records if record is not None)

    def read_ahead(self, most: int) -> list[Block]:
        """The blocks of about the next `most` lines, each of which is then to be read by `rows` or, if `is_at` it,
        skipped."""
        return self._lines.read_ahead(most)

    def is_at(self, block: Block) -> bool:
        """Whether the block begins where the next row does. A row of the block before may reach into it."""
        return self._lines.is_at(block)

    def skip(self, block: Block) -> None:
        self._lines.skip_block(block)

    def rows(self, block: Block) -> Rows:
        """The rows that begin in this block."""
        assert self._header is not None
        found = _one_in_each_line(block, self._separator) if self._lines.is_at(block) else None
        if found is None:
            return self._row_by_row(block)
        self._lines.skip_block(block)
        lines = range(block.first, block.last + 1)
        ids = map(itemgetter(self._header.columns.index(self._header.kind.id_column)), found)
        if set(map(len, found)) == {len(self.cells)} and all(map(str.strip, ids)) and list(self.cells) not in found:
            return Rows(lines, found)
        cells = zip(lines, map(tuple, found), strict=True)
        return Rows.of([self._fitted(Record(line, row)) for line, row in cells if any(map(str.strip, row))])

    def _row_by_row(self, block: Block) -> Rows:
        lines = self._lines
        begins_well, undecoded, found = lines.is_at(block), lines.undecoded, []
        while lines.number < block.last:
            try:
                record = next(self._records)
            except StopIteration:
                break
            if record is not None:
                found.append(self._fitted(record))
        return Rows.of(found, is_whole=begins_well and lines.ends_with(block) and lines.undecoded == undecoded)

    def records_again(self, block: Block) -> list[Record]:
        """The rows of a whole block that was skipped, from its lines or else from the file."""
        if block.lines:
            return self._records_of(block, io.BytesIO(b"".join(block.lines)))
        with contextlib.suppress(OSError), self.path.open("rb") as file:
            file.seek(block.offset)
            return self._records_of(block, file)
        return []

    def _records_of(self, block: Block, file: BinaryIO) -> list[Record]:
        lines = Lines(file, block.first - 1, block.offset)
        records = (record for record in _records(lines, self._separator) if record is not None)
        return [self._fitted(record) for record in takewhile(lambda record: record.line <= block.last, records)]

    def meaning(self) -> bytes:
        """All of this file that decides what its lines say."""
        assert self._header is not None
        return repr((self._header.kind.name, self._header.columns, self.cells, self._separator)).encode()

    def _fitted(self, record: Record) -> Record:
        assert self._header is not None
        if record.fault is None and record.cells == self.cells:
            return replace(record, fault=HEADER_AGAIN)
        return record if record.fault else _of_width(record, self._header)

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
        self._separator = named[1] if named else separator_of(line.text)
        self._records = _records(self._lines, self._separator)
        return next((record for record in self._records if record is not None), None)

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
    if len(cells) == width:
        return record
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return replace(record, cells=cells[:width])
    missing = [column for column in header.columns[len(cells) :] if column in header.kind.needed]
    if len(cells) > width or missing:
        lacks = f": {', '.join(missing)} is missing" if missing else ""
        return replace(record, fault=f"has {len(cells)} fields; expected {width}, as in the header{lacks}")
    return replace(record, cells=cells + ("",) * (width - len(cells)))


def _records(lines: Lines, separator: str) -> Iterator[Record | None]:
    """All rows, with the header; None for each that is blank."""
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
        taken = lines.taken
        fault = taken[0].fault if len(taken) == 1 else next((line.fault for line in taken if line.fault), None)
        if any(map(str.strip, cells)) or (fault and fault is not CUT):
            yield Record(start, cells, fault)
        else:
            yield None


def _one_in_each_line(block: Block, separator: str) -> list[list[str]] | None:
    """The cells of each line, also of blank ones; None if a row may be in several lines, or has a fault."""
    if (text := block.text) is None:
        return None
    lines = text.split("\n")[:-1]
    try:
        found = list(csv.reader(lines, strict=True, delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return None
    return found if len(found) == len(lines) else None


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
