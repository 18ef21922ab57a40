"""The lines of an import file, read one by one or many at once, in constant memory for any content.

Many at once are cut into blocks. Where a block ends depends on its lines only, not on their number: if rows come to a
file or leave it, the blocks before and after are as they were.
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO
from zlib import crc32

MAX_LINE_BYTES = 1 << 20
MAX_LINES_OF_A_ROW = 50  # a quote that is still open after so many lines is a mistake
CUT = "the last line has no end, as the others have: the file was cut off; expected the whole row and a line end"

LEAST_LINES, MOST_LINES, MOST_BYTES = 64, 1024, 1 << 18  # of a block
END_OF_BLOCK = 0xFF  # a line whose checksum has none of these bits may be the last of a block: one in 256
AHEAD_BYTES = 1 << 22  # read ahead at most
READ_BYTES = 1 << 18  # at once; less than a line may have


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    fault: str | None = None


class TooManyLines(Exception):
    """A quoted field does not end."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Lines that follow each other: the number of the first, how many they are, and as bytes, with the place of the
    first byte in the file. Without bytes they are those of a row that is read
    again, or of a block that was skipped."""

    first: int
    count: int
    offset: int
    lines: tuple[bytes, ...] = ()

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    @property
    def text(self) -> str | None:
        """The lines as text, each with its end; None if there are none, or if one needs a closer look: it is too long,
        is not UTF-8, or has no end."""
        if not self.lines or len(self.lines[-1]) == MAX_LINE_BYTES or not self.lines[-1].endswith(b"\n"):
            return None
        try:
            return b"".join(self.lines).decode()
        except UnicodeDecodeError:
            return None

    def digest(self, meaning: bytes) -> bytes | None:
        """Tells these lines from any others; `meaning` is all that decides what they say. None for a few lines: they
        are quickly read."""
        if len(self.lines) < LEAST_LINES:
            return None
        return hashlib.blake2b(b"".join((meaning, *self.lines)), digest_size=16).digest()


class Lines:
    """The lines of a file as text, counted. The lines of the present row are kept so that they can be read again.
    `undecoded` counts those that are not UTF-8."""

    def __init__(self, file: BinaryIO, number: int = 0, position: int = 0) -> None:
        self.number = number
        self.position = position  # bytes read
        self.taken: list[Line] = []
        self.not_utf8: str | None = None
        self.undecoded = 0
        self._file = file
        self._again: deque[Line] = deque()
        self._ahead: deque[tuple[bytes, ...]] = deque()  # the lines of blocks that are still to be read
        self._begun: deque[bytes] = deque()  # of the block that is being read
        self._next: list[bytes] = []  # lines that were read from the file, and of each whether a block may end with it
        self._ends = b""
        self._at = 0  # the first of them that is in no block

    def __iter__(self) -> Lines:
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

    def read_ahead(self, most: int) -> list[Block]:
        """The blocks of about the next `most` lines, which are then still to be read or skipped; none at the end."""
        blocks, number, position = [], self.number + 1, self.position
        if self._again:
            blocks.append(Block(number, len(self._again), position))
            number += len(self._again)
        while number - self.number <= most and position - self.position < AHEAD_BYTES:
            room = most - (number - self.number - 1)
            lines, size = self._block(MOST_LINES if most >= MOST_LINES else room)
            if lines:
                blocks.append(Block(number, len(lines), position, tuple(lines)))
                self._ahead.append(blocks[-1].lines)
                number, position = number + len(lines), position + size
            if not lines or len(lines[-1]) == MAX_LINE_BYTES:  # the rest of a line too long is never a line of its own
                break
        return blocks

    def is_at(self, block: Block) -> bool:
        """Whether the block's first line is the next."""
        return self.number == block.first - 1 and not self._again

    def ends_with(self, block: Block) -> bool:
        """Whether the block's last line was the last that was read."""
        return self.number == block.last and not self._again

    def skip_block(self, block: Block) -> None:
        """Skips the block, which must be next."""
        if block.lines:
            self._ahead.popleft()
        self.position += sum(map(len, block.lines))
        self.number = block.last

    def _block(self, most: int) -> tuple[list[bytes], int]:
        lines: list[bytes] = []
        size = 0
        while len(lines) < most and size < MOST_BYTES and (self._at < len(self._next) or self._read_on()):
            start = self._at
            least = start + max(LEAST_LINES - 1 - len(lines), 0)
            end = self._ends.find(1, least, start + most - len(lines))
            part = self._next[start : end + 1 if end >= 0 else start + most - len(lines)]
            sizes = list(accumulate(map(len, part), initial=size))
            part = part[: bisect_left(sizes, MOST_BYTES)]
            lines += part
            size = sizes[len(part)]
            self._at = start + len(part)
            if self._at - 1 == end or len(lines[-1]) == MAX_LINE_BYTES:
                break
        return lines, size

    def _read_on(self) -> bool:
        """Reads the next lines from the file, many at once; False at its end."""
        data = self._file.read(READ_BYTES)
        if not data.endswith(b"\n"):
            data += self._file.readline(MAX_LINE_BYTES - (len(data) - data.rfind(b"\n") - 1))
        self._next, self._at = io.BytesIO(data).readlines(), 0
        self._ends = bytes([not checksum & END_OF_BLOCK for checksum in map(crc32, self._next)])
        return bool(data)

    def _raw(self) -> bytes:
        if not self._begun and self._ahead:
            self._begun.extend(self._ahead.popleft())
        if self._begun:
            return self._begun.popleft()
        if self._at < len(self._next):
            self._at += 1
            return self._next[self._at - 1]
        return self._file.readline(MAX_LINE_BYTES)

    def _read(self) -> Line:
        raw = self._raw()
        if not raw:
            raise StopIteration
        before, self.position = self.position, self.position + len(raw)
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
            self.undecoded += 1
            text = raw.decode("utf-8", "surrogateescape")
        is_cut = before > 0 and not raw.endswith((b"\n", b"\r"))
        return Line(text if before else text.removeprefix("\ufeff"), CUT if is_cut else None)

    def _skip_line(self) -> None:
        while raw := self._raw():
            self.position += len(raw)
            if raw.endswith(b"\n"):
                return
