"""Reads a text file that a person wrote: as UTF-8, with or without a BOM, and only up to a sensible size."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 1 << 20


class TooLarge(OSError):
    """The file is larger than a person would write."""

    def __init__(self) -> None:
        super().__init__(f"it is larger than {MOST_BYTES >> 20} MiB; expected a text file written by hand")


def read_text(path: str | Path) -> str:
    """The text of a file. Raises `OSError` (`TooLarge` is one), or `UnicodeDecodeError` if it is not UTF-8."""
    with Path(path).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge
    return content.decode("utf-8-sig")
