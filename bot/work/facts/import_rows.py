"""The rows of an import, as they were read, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Change = Literal["added", "changed", "same"]
Values = Mapping[str, Any]


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
class Piece:
    """Rows that follow each other. With a digest they are a whole block of the file, which is kept in mind if all of
    them go in as they are."""

    rows: Sequence[Row]
    digest: bytes | None = None


class Skipped(Protocol):
    """The blocks of the same file that were not read because they have not changed."""

    def contradicts(self, block_id: int, line: int, id_: str, values: Values, known: Values) -> str | None:
        """None unless this block is skipped and above `line`: else "" if the row there with this id, which is `known`,
        has the same values, or the number of its line."""
