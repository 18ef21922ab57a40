"""Faults of a policy file, with their lines; nothing here knows what a policy means."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]  # ("segment", "trusted", "step", 0, "day")
Table = Mapping[str, object]

_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")
_LAST_OF_A_VALUE = frozenset("]}\"'")

MOST_READ_TWICE = 500_000  # characters: values of many lines are read again with each line


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the line (None if something is missing), the place in the policy's own words, and what was given and
    expected."""

    line: int | None
    where: str
    message: str

    def __str__(self) -> str:
        line = None if self.line is None else f"line {self.line}"
        return ": ".join(part for part in (line, self.where, self.message) if part)


class PolicyFaulty(ValueError):
    """The file is not a valid policy: every fault found in it, in order of lines."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line or 0))
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__("\n  ".join([f"{source}: {count}", *map(str, self.faults)]))


class EnoughFaults(Exception):
    """So many faults were found that the rest of the file is not read."""


class Notes:
    """Collects faults while a file is read, and finds the line of each.

    A segment is read as a whole policy, so that faults between its keys and the file's are found; a fault of the file
    itself is not reported again for the segment.
    """

    def __init__(self, lines: Mapping[Path, int], most: int | None = None) -> None:
        """With `most` faults `add` raises `EnoughFaults`."""
        self.faults: list[Fault] = []
        self._lines = lines
        self._most = most
        self._said: set[tuple[Path, str]] = set()
        self._within: Path = ()

    def enter_segment(self, name: str) -> None:
        self._within = ("segment", name)

    def leave_segment(self) -> None:
        self._within = ()

    def add(self, path: Path, where: str, message: str) -> None:
        if self._within and (path, message) in self._said and self._within + path not in self._lines:
            return
        if not self._within:
            self._said.add((path, message))
        self.faults.append(Fault(self._line(self._within + path), where, message))
        if len(self.faults) == self._most:
            raise EnoughFaults

    def _line(self, path: Path) -> int | None:
        """The line of a key; for a missing key, the line of its table."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)


def parse_toml(text: str) -> Table:
    """Reads TOML; raises ValueError, with or without a line in its text, or RecursionError."""
    return tomllib.loads(text)


def syntax_fault(error: ValueError, text: str) -> Fault:
    """The fault behind what `parse_toml` raised."""
    said = str(error)
    found = _AT_LINE.search(said)
    line = int(found[1]) if found else None
    if "(at end of document)" in said:
        line = text.count("\n") + (not text.endswith("\n"))
    reason = re.sub(r"\s*\(at .*\)", "", said).split(";")[0]
    at = f" at column {found[2]}" if found else ""
    return Fault(line, "not TOML", f"{reason}{at}; text goes in double quotes, and a key appears once in its table")


def key_lines(text: str) -> dict[Path, int]:
    """The line of each table and each key of a valid TOML text, counted from 1.

    `tomllib` keeps no lines. So the text is split into statements that are each valid TOML: a header is one line, a key
    with its value as many lines as it needs to parse. Keys inside a value get the line of its key. What comes after
    a value of thousands of lines has none.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    found: dict[Path, int] = {}
    rows: dict[Path, int] = {}
    here: Path = ()
    at = read = 0
    while at < len(lines):
        start, statement = at, lines[at].strip(" \t")
        at += 1
        if not statement or statement.startswith("#"):
            continue
        if statement.startswith("["):
            here = _enter(parse_toml(statement), rows)
            _record(found, here, start + 1)
            continue
        while (value := _whole(statement)) is None and at < len(lines):
            at = _further(lines, at)
            statement = "\n".join([lines[start], *lines[start + 1 : at]])
            read += len(statement)
            if read > MOST_READ_TWICE:
                return found
        for path in _paths(value or {}):
            _record(found, here + path, start + 1)
    return found


def _enter(header: Table, rows: dict[Path, int]) -> Path:
    """The path that a header opens: `[[step]]` is ("step", 0), the next one ("step", 1)."""
    here: Path = ()
    inner: object = header
    while isinstance(inner, Mapping) and inner:
        name, inner = next(iter(inner.items()))
        here = (*here, name)
        if isinstance(inner, list):
            rows[here] = rows.get(here, -1) + 1
        if here in rows:
            here = (*here, rows[here])
    return here


def _whole(statement: str) -> Table | None:
    try:
        return parse_toml(statement)
    except ValueError:
        return None  # its value continues in the next lines


def _further(lines: list[str], at: int) -> int:
    """Moves past the next line on which a multi-line value could end."""
    ends = (line for line in range(at, len(lines)) if not _LAST_OF_A_VALUE.isdisjoint(lines[line]))
    return next(ends, at) + 1


def _paths(value: object) -> list[Path]:
    if isinstance(value, Mapping):
        return [
            path for key, inner in value.items() for path in [(key,), *((key, *deeper) for deeper in _paths(inner))]
        ]
    if isinstance(value, list):
        return [
            path for at, inner in enumerate(value) for path in [(at,), *((at, *deeper) for deeper in _paths(inner))]
        ]
    return []


def _record(found: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, len(path) + 1):
        found.setdefault(path[:length], line)
