"""Faults of a policy file, with their lines; nothing here knows what a policy means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.rules.toml_lines import Path

_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


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
