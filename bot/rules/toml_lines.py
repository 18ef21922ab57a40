"""TOML that people write: read with the line of each table and key, so that a fault can be found."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TABLE = re.compile(r"^\s*\[\s*(?P<name>\"[^\"]*\"|'[^']*'|[^\]\s]+)\s*\]")
_KEY = re.compile(r"^\s*(?P<key>\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class NotToml(ValueError):
    """The text is not TOML: the line, and the reason."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"not TOML: {why}")
        self.line = line


@dataclass(frozen=True, slots=True)
class TomlText:
    """The tables of a text, and the line of each table `(name,)` and of each of its keys `(table, key)`."""

    tables: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]


def read_toml(text: str, expected: str) -> TomlText:
    """Reads a text of plain tables. `expected` says what they look like, for a text that is nested too deeply. Raises
    `NotToml`."""
    try:
        return TomlText(tomllib.loads(text), _lines(text))
    except RecursionError:
        raise NotToml(1, f"lists or tables are nested too deeply; expected {expected}") from None
    except ValueError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise NotToml(line, _AT_LINE.sub("", str(error)).strip()) from None


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Lines inside a multi-line text are neither tables nor keys."""
    found: dict[tuple[str, ...], int] = {}
    table, inside = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if (head := _TABLE.match(line)) is not None:
            table = head["name"].strip("\"'")
            found.setdefault((table,), number)
        elif (key := _KEY.match(line)) is not None:
            name = key["key"].strip("\"'")
            found.setdefault((table, name) if table else (name,), number)
            inside = next((q for q in ('"""', "'''") if line.count(q) == 1), "")
    return found
