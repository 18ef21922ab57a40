"""The files that an import takes from the given paths: every file of a folder, and what is wrong with a path.

In a folder, hidden files (names that begin with a dot) and `*.refused.csv` are skipped. Everything else is either
imported or reported: a file that was silently skipped would make debts look paid.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NO_FILES_OF_OURS = "__MACOSX"  # macOS adds this folder to archives; it contains only hidden files


@dataclass(frozen=True, slots=True)
class Given:
    """A path to import, or one that is not imported because of `error` or `note`."""

    path: Path
    error: str | None = None
    note: str | None = None

    @property
    def is_to_be_read(self) -> bool:
        return self.error is None and self.note is None


def files_of(paths: Sequence[Path]) -> list[Given]:
    """Every file once, in the given order, and by name within a folder."""
    found: dict[Path, Given] = {}
    for path in paths:
        for given in _of_folder(path) if path.is_dir() else [_of_file(path)]:
            found.setdefault(given.path.resolve(), given)
    return list(found.values())


def _of_folder(folder: Path) -> list[Given]:
    try:
        entries = sorted(path for path in folder.iterdir() if not _is_passed_over(path))
    except OSError as error:
        return [Given(folder, error=f"the folder cannot be read: {error.strerror}")]
    found = list(_entries(entries))
    if not any(given.is_to_be_read or given.error for given in found):
        found.append(Given(folder, error="no file to import in the folder; expected CSV files of the four kinds"))
    return found


def _entries(entries: Sequence[Path]) -> Iterator[Given]:
    for path in entries:
        if not path.is_dir():
            yield _of_file(path)
        elif path.name != NO_FILES_OF_OURS:
            yield Given(path, note="a folder within the folder is not read; name it to have it imported")


def _is_passed_over(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower().endswith(".refused.csv")


def _of_file(path: Path) -> Given:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        is_link = path.is_symlink()
        return Given(path, error="is a link to nothing" if is_link else "there is no such file or folder")
    except OSError as error:
        return Given(path, error=f"cannot be read: {error.strerror}")
    if not stat.S_ISREG(mode):
        return Given(path, error="is not a file (a pipe or a device); expected a CSV file")
    return Given(path)
