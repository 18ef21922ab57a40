"""`<file>.refused.csv`: line, reason and the original cells of each row that was refused, whole or in part.

It is written to a temporary file beside it and renamed at the end; only its owner can read it. A link, folder or pipe
with its name is left alone: nothing is ever written through it.
"""

from __future__ import annotations

import csv
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from bot.work.facts.spreadsheets import guarded

OWN_COLUMNS = ("line", "reason")  # the columns before the original ones


class RefusedFile:
    """The refused rows of one import file; the file exists only if there are any. `path` is its place after it is
    closed, `why` says why it is not beside the import file, and `trouble` why it could not be written at all."""

    def __init__(self, source: Path, header: Sequence[str]) -> None:
        self._name = f"{source.name}.refused.csv"
        self._beside = source.with_name(self._name)
        # A refused file that was corrected and is imported again has our two columns already.
        self._own = len(OWN_COLUMNS) if tuple(header[: len(OWN_COLUMNS)]) == OWN_COLUMNS else 0
        self._header = header[self._own :]
        self._file: TextIO | None = None
        self._part = Path()
        self.path: Path | None = None
        self.why: str | None = None
        self.trouble: str | None = None

    def write(self, line: int, reason: str, cells: Sequence[str]) -> None:
        """Adds a row. If rows cannot be written they are lost, and `trouble` says so; no exception is raised."""
        if self._file is None and self.trouble is None:
            self._open()
        if self._file is not None:
            self._write([line, reason, *cells[self._own :]])

    def close(self) -> None:
        """Ends the file; if no row was refused, removes the file of an earlier import."""
        if self._file is not None:
            self._put_in_place(self._file)
        elif self.trouble is None and _is_file(self._beside):
            try:
                self._beside.unlink()
            except OSError as error:
                self.trouble = f"{self._name} is of an earlier import and cannot be removed: {error.strerror}"

    def _open(self) -> None:
        for path in (self._beside, Path(self._name)):
            try:
                if obstacle := _in_the_way(path):
                    self.why = self.why or obstacle
                    continue
                number, part = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
            except OSError as error:
                self.why = self.why or error.strerror or "it cannot be written"
                continue
            self._file = open(number, "w", encoding="utf-8", errors="backslashreplace", newline="")  # noqa: PTH123, SIM115
            self._part, self.path = Path(part), path
            self._write([*OWN_COLUMNS, *self._header])
            return
        self._fail(self.why or "")

    def _write(self, cells: Sequence[object]) -> None:
        assert self._file is not None
        try:
            csv.writer(self._file, lineterminator="\n").writerow([guarded(str(cell)) for cell in cells])
        except OSError as error:
            self._give_up(self._file, error)

    def _put_in_place(self, file: TextIO) -> None:
        assert self.path is not None
        try:
            file.close()
            if obstacle := _in_the_way(self.path):
                raise FileExistsError(0, obstacle)
            self._part.replace(self.path)
        except OSError as error:
            self._give_up(file, error)

    def _give_up(self, file: TextIO, error: OSError) -> None:
        try:
            file.close()
        except OSError:
            pass  # there is nothing to remove
        self._part.unlink(missing_ok=True)
        self._file, self.path = None, None
        self._fail(error.strerror or "it cannot be written")

    def _fail(self, why: str) -> None:
        self.trouble = f"the refused rows could not be written to {self._name}: {why}"


def _in_the_way(path: Path) -> str | None:
    """What is at `path` if it is not a regular file; raises `OSError` if that cannot be seen."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return "a symbolic link has that name; remove it"
    return "a folder has that name; remove it" if stat.S_ISDIR(mode) else "what has that name is not a file; remove it"


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
