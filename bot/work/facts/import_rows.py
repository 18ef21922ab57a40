"""The rows of an import, as they were read, and what becomes of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import repeat
from typing import Any, Literal, Protocol

Change = Literal["added", "changed", "same"]
Values = Mapping[str, Any]
Meanwhile = Callable[[], None]
"""What is to be begun while the database is at work: the reading of the rows that come next, in a thread."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a row was not imported: what was given and what was expected."""

    reason: str


@dataclass(frozen=True, slots=True)
class Partly:
    """A row that was imported without some of its optional cells, and why."""

    change: Change
    reason: str


Outcome = Change | Partly | Refused


@dataclass(frozen=True, slots=True)
class Row:
    """A row's values (amounts still text), or the reason why there are none. `line` is its first line in the file,
    `dropped` says why cells of optional columns are missing from the values."""

    line: int
    values: Values | Refused
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One import: the instant of its facts, and when it began (earlier than `now` if it continues one that was cut
    off)."""

    now: datetime
    since: datetime
    open_cases: bool = True  # whether there are open cases, whose agents are told about payments


@dataclass(frozen=True, slots=True)
class Given:
    """The rows of one batch, each with its place among them in the file's order.

    `columns` has the values of most rows, by column (amounts still text), `places` which rows these are; the others are
    in `odd`, by place. `blocks` are whole blocks of the file, with the places of their rows, which are kept in mind if
    all of them go in as they are. `units` has the amounts of `columns` as numbers, where they are plain; `several` the
    ids that are in more than one row.
    """

    lines: Sequence[int]
    odd: Mapping[int, Row]
    places: Sequence[int] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    blocks: Sequence[tuple[bytes, range]] = ()
    units: Mapping[str, tuple[int, Sequence[int]]] = field(default_factory=dict)
    several: Collection[str] = ()

    def each(self, column: str) -> list[Any]:
        """The values of all rows that could be read."""
        odd = (row.values[column] for row in self.odd.values() if not isinstance(row.values, Refused))
        return [*self.columns.get(column, ()), *odd]

    def row(self, n: int) -> Row:
        """The nth row of `columns`."""
        return Row(self.lines[self.places[n]], {name: column[n] for name, column in self.columns.items()})


@dataclass(slots=True)
class Taken:
    """What became of a batch: how many rows were added, changed or the same, and each outcome that is not whole, by
    the place of its row."""

    changes: Counter[Change] = field(default_factory=Counter)
    not_whole: dict[int, Refused | Partly] = field(default_factory=dict)
    said_at: datetime | None = None  # when the wallet said the newest of them that was not refused

    def note(self, said_at: datetime) -> None:
        self.said_at = said_at if self.said_at is None else max(self.said_at, said_at)


class Kept:
    """The blocks of a batch that are kept in mind, with the places of their rows; `ids` has the id of each row that
    went in, by place."""

    def __init__(self, ids: Sequence[str | None] = (), blocks: Sequence[tuple[range, int]] = ()) -> None:
        self._ids = list(ids)
        self._of_places: list[int | None] = [None] * len(ids)
        for places, block_id in blocks:
            self._of_places[places.start : places.stop] = repeat(block_id, len(places))

    def of_all(self, ids: Sequence[str]) -> Sequence[int | None]:
        """The block that each of these rows is in."""
        return self._of_places if list(ids) == self._ids else list(map(self._of_ids.get, ids))

    def of(self, id_: str) -> int | None:
        return self._of_ids.get(id_)

    @cached_property
    def _of_ids(self) -> dict[str | None, int]:
        of_rows = zip(self._ids, self._of_places, strict=True)
        return {id_: block_id for id_, block_id in of_rows if block_id is not None}


class Skipped(Protocol):
    """The blocks of the same file that were not read because they have not changed."""

    def has(self, block_id: int) -> bool: ...

    def contradicts(self, block_id: int, line: int, id_: str, values: Values, known: Values) -> str | None:
        """None unless this block is skipped and above `line`: else "" if the row there with this id, which is `known`,
        has the same values, or the number of its line."""


def money(row: Values) -> int:
    """`storage.agreements.holds.paid`, of an instalment's row."""
    paid, due = int(row["paid"]), int(row["amount_due"])
    return due if row["status"] == "paid" and paid < due else paid


def is_earlier(as_of: datetime | None, known: datetime | None) -> bool:
    return as_of is not None and known is not None and as_of < known
