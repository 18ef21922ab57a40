"""Reading a text file that somebody wrote by hand: as UTF-8, with or without a mark of its beginning, and never more
than such a file can have."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 1 << 20


class TooLarge(OSError):
    """The file is larger than any that is written by hand."""

    def __init__(self) -> None:
        super().__init__(f"it is larger than {MOST_BYTES >> 20} MiB; expected a text file written by hand")


def read_text(path: str | Path) -> str:
    """The text of a file. Raises `OSError` (`TooLarge` among them), or `UnicodeDecodeError` where it is no UTF-8."""
    with Path(path).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge
    return content.decode("utf-8-sig")
