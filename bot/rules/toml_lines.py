"""TOML that people write: read with the line of each table and key, so that a fault can be found."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

Path = tuple[str | int, ...]  # ("segment", "trusted", "step", 0, "day")
Table = Mapping[str, object]

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_OPENS_A_TEXT = re.compile(r"=[ \t]*(\"{3}|'{3})")
_LAST_OF_A_VALUE = ("]", "}", '"', "'")

MOST_READ_TWICE = 500_000  # characters: lists of many lines are read again with each line
DEEPEST = 12  # keys, tables and places in lists one within the other that have a line; nothing that is read is deeper


class NotToml(ValueError):
    """The text is not TOML: the line, and the reason."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"not TOML: {why}")
        self.line = line


class TomlText:
    """The tables of a text, and where they are in it."""

    def __init__(self, text: str, tables: Mapping[str, Any]) -> None:
        self.tables = tables
        self._text = text

    def line_of(self, *path: str) -> int:
        """The line of a table or a key; of its table, if it has none of its own."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        """Only a text with a fault is asked for them."""
        return key_lines(self._text)


def read_toml(text: str, expected: str) -> TomlText:
    """Reads a text of plain tables. `expected` says what they look like, for a text that is nested too deeply. Raises
    `NotToml`."""
    try:
        return TomlText(text, parse_toml(text))
    except RecursionError:
        raise NotToml(1, f"lists or tables are nested too deeply; expected {expected}") from None
    except ValueError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise NotToml(line, _AT_LINE.sub("", str(error)).strip()) from None


def parse_toml(text: str) -> Table:
    """Reads TOML; raises ValueError, with or without a line in its text, or RecursionError."""
    return tomllib.loads(text)


def key_lines(text: str) -> dict[Path, int]:
    """The line of each table and each key of a valid TOML text, counted from 1.

    `tomllib` keeps no lines. So the text is split into statements that are each valid TOML: a header is one line, a key
    with its value as many lines as it needs to parse. Keys inside a value get the line of its key. What comes after
    a value of thousands of lines has none, and neither has what is nested deeper than `DEEPEST`.
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
        ends = _ends_of(statement)
        while (value := _whole(statement)) is None and at < len(lines):
            at = _further(lines, at, ends)
            statement = "\n".join([lines[start], *lines[start + 1 : at]])
            read += len(statement)
            if read > MOST_READ_TWICE:
                return found
        for path in _paths(value or {}):
            _record(found, (here + path)[:DEEPEST], start + 1)
    return found


def _enter(header: Table, rows: dict[Path, int]) -> Path:
    """The path that a header opens: `[[step]]` is ("step", 0), the next one ("step", 1)."""
    here: Path = ()
    inner: object = header
    while isinstance(inner, Mapping) and inner and len(here) < DEEPEST:
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


def _ends_of(begun: str) -> Sequence[str]:
    """One of these is in the last line of a value of many lines; `begun` is its first line."""
    text = _OPENS_A_TEXT.search(begun)
    return [text[1]] if text else _LAST_OF_A_VALUE


def _further(lines: Sequence[str], at: int, ends: Sequence[str]) -> int:
    """Moves past the next line on which a value of many lines could end."""
    last = (line for line in range(at, len(lines)) if any(end in lines[line] for end in ends))
    return next(last, at) + 1


def _paths(value: object, deepest: int = DEEPEST) -> list[Path]:
    """All that is within a value, as deep as that."""
    if isinstance(value, Mapping):
        within: Iterable[tuple[str | int, object]] = value.items()
    elif isinstance(value, list):
        within = enumerate(value)
    else:
        return []
    if not deepest:
        return []
    return [path for at, inner in within for path in [(at,), *((at, *deeper) for deeper in _paths(inner, deepest - 1))]]


def _record(found: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, len(path) + 1):
        found.setdefault(path[:length], line)
