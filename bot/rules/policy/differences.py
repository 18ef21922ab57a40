"""What differs between two texts, line by line, as in a unified diff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

MOST_LINES = 3_000  # of one text: the time grows faster than they do

Kind = Literal["place", "same", "added", "removed"]
_KINDS: dict[str, Kind] = {" ": "same", "+": "added", "-": "removed", "@": "place"}


class TooLong(ValueError):
    """A text has more than `MOST_LINES` lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff; of kind `place` it says where in the two texts the next lines are."""

    kind: Kind
    text: str


def differences(before: str, after: str) -> list[Line]:
    """The lines that differ, with three around them; none if the texts are the same. Raises `TooLong`."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        raise TooLong(f"{max(len(old), len(new))} lines given, expected at most {MOST_LINES}")
    return list(_read(unified_diff(old, new, lineterm="")))


def _read(lines: Iterator[str]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number > 1:  # the first two name the files
            yield Line(_KINDS[line[0]], line if line.startswith("@") else line[1:])
