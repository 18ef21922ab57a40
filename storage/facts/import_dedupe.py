"""The ids that an import has read so far in one file, and their lines. They go to disk when they are many, and are
deleted on close.

No rows are kept, only a hash that tells two different rows apart. This is not part of the program's database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

CHUNK = 10_000  # ids in one query; SQLite allows 32,766


class Sighting(NamedTuple):
    """The line where an id was read first, and the hash of that row."""

    line: int
    content: int


class SeenIds:
    """The ids of one file. SQLite's nameless database keeps them in memory and moves them to disk as they grow."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER, content INTEGER) WITHOUT ROWID")

    def among(self, ids: Sequence[str]) -> dict[str, Sighting]:
        """Those of `ids` that were added before."""
        found: dict[str, Sighting] = {}
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            marks = ",".join("?" * len(chunk))
            rows = self._db.execute(f"SELECT id, line, content FROM seen WHERE id IN ({marks})", chunk)  # noqa: S608
            found.update((row[0], Sighting(row[1], row[2])) for row in rows)
        return found

    def add(self, sightings: Mapping[str, Sighting]) -> None:
        self._db.execute("BEGIN")
        rows = ((id_, *sighting) for id_, sighting in sightings.items())
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def add_many(self, ids: Sequence[str], lines: Sequence[int], contents: Sequence[int]) -> None:
        """As `add`, column by column, for ids that are all different and were not added before."""
        self.add({id_: Sighting(line, content) for id_, line, content in zip(ids, lines, contents, strict=True)})

    def close(self) -> None:
        self._db.close()
