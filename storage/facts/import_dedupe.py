"""The ids that an import has read so far in one file, and their lines. They go to disk when they are many, and are
deleted on close.

No rows are kept, only a hash that tells two different rows apart. This is not part of the program's database.
"""

from __future__ import annotations

import marshal
import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

CHUNK = 10_000  # ids in one query; SQLite allows 32,766
FEW = 2  # pieces that are looked into as they are
SEPARATOR = "\n"  # no id has it: all of its characters are printable


class Sighting(NamedTuple):
    """The line where an id was read first, and the hash of that row."""

    line: int
    content: int


Span = tuple[tuple[int, str], tuple[int, str]]
"""The first and the last of some ids, in the order of their lengths and then of their characters."""


class SeenIds:
    """The ids of one file. SQLite's nameless database keeps them in memory and moves them to disk as they grow. Any
    thread may use them, one at a time.

    Most files are nearly in the order of their ids: what is added at once is stored in one piece, with its first and
    last id, and looked into only if an id between these comes again. If many pieces have to be looked into, each of
    their ids becomes a row.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER, content INTEGER) WITHOUT ROWID")
        self._db.execute("CREATE TABLE pieces (piece_id INTEGER PRIMARY KEY, rows BLOB)")
        self._pieces: dict[int, Span] = {}
        self._spread: Span | None = None  # of the ids that are rows in `seen`

    def among(self, ids: Sequence[str]) -> dict[str, Sighting]:
        """Those of `ids` that were added before."""
        span = _span(ids)
        pieces = [piece_id for piece_id, of_piece in self._pieces.items() if _meet(span, of_piece)]
        if len(pieces) > FEW:
            for piece_id in pieces:
                self._spread_out(piece_id)
            pieces = []
        found: dict[str, Sighting] = {}
        for start in range(0, len(ids) if _meet(span, self._spread) else 0, CHUNK):
            chunk = ids[start : start + CHUNK]
            marks = ",".join("?" * len(chunk))
            rows = self._db.execute(f"SELECT id, line, content FROM seen WHERE id IN ({marks})", chunk)  # noqa: S608
            found.update((row[0], Sighting(row[1], row[2])) for row in rows)
        for piece_id in pieces:
            (packed,) = self._db.execute("SELECT rows FROM pieces WHERE piece_id = ?", [piece_id]).fetchone()
            found = self._among_piece(packed, ids) | found
        return found

    def add(self, sightings: Mapping[str, Sighting]) -> None:
        self.add_many(
            list(sightings), [one.line for one in sightings.values()], [one.content for one in sightings.values()]
        )

    def add_many(self, ids: Sequence[str], lines: Iterable[int], contents: Iterable[int]) -> None:
        """As `add`, column by column."""
        if (span := _span(ids)) is not None:
            of_rows = (SEPARATOR.join(ids), array("q", lines).tobytes(), array("q", contents).tobytes())
            packed = marshal.dumps(of_rows)
            piece_id = self._db.execute("INSERT INTO pieces (rows) VALUES (?)", [packed]).lastrowid
            self._pieces[piece_id or 0] = span

    def _among_piece(self, packed: bytes, ids: Sequence[str]) -> dict[str, Sighting]:
        of_piece, *rest = marshal.loads(packed)  # noqa: S302 - written above
        again = set(ids).intersection(of_piece.split(SEPARATOR))
        rows = zip(of_piece.split(SEPARATOR), *map(_numbers, rest), strict=True) if again else ()
        return {id_: Sighting(line, content) for id_, line, content in rows if id_ in again}

    def _spread_out(self, piece_id: int) -> None:
        (packed,) = self._db.execute("DELETE FROM pieces WHERE piece_id = ? RETURNING rows", [piece_id]).fetchone()
        ids, *rest = marshal.loads(packed)  # noqa: S302 - written above
        rows = zip(ids.split(SEPARATOR), *map(_numbers, rest), strict=True)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")
        self._spread = _joined(self._pieces.pop(piece_id), self._spread)

    def close(self) -> None:
        self._db.close()


def _numbers(packed: bytes) -> array[int]:
    return array("q", packed)


def _span(ids: Sequence[str]) -> Span | None:
    if len(lengths := set(map(len, ids))) == 1:
        (length,) = lengths
        return (length, min(ids)), (length, max(ids))
    keys = list(zip(map(len, ids), ids, strict=True))
    return (min(keys), max(keys)) if keys else None


def _joined(one: Span, other: Span | None) -> Span:
    return one if other is None else (min(one[0], other[0]), max(one[1], other[1]))


def _meet(one: Span | None, other: Span | None) -> bool:
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]
