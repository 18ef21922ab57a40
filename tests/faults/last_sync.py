"""The program on a disk that keeps only what was synced: `python -m tests.faults.last_sync run`.

Beside SQLite's file and its log there is a copy of each, as it was when SQLite last waited for the disk. A power cut
leaves at least that, and may leave nothing else. SQLite calls functions of its file system layer for everything; the
sync function is replaced by one that also makes the copy. This needs a Python whose SQLite is a system library.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

ENDING = ".synced"
MAIN_DB, WAL = 0x100, 0x80000  # SQLITE_OPEN_…, of the files that matter
OK = 0
VFS_BYTES, METHODS_BYTES = 168, 152  # sqlite3_vfs version 3, sqlite3_io_methods version 3, on 64 bits
NAME_AT, OPEN_AT, SYNC_AT = 24, 40, 40  # of zName and xOpen in the one, of xSync in the other
# The path by its address, which SQLite keeps.
Open = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)

_kept: list[Any] = []  # what SQLite holds a pointer to
_names: dict[int, str] = {}
_methods: dict[int, Any] = {}
_open: dict[str, int] = {}


def library() -> Any | None:
    """SQLite as Python has it; None where it cannot be reached."""
    import _sqlite3

    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    return found if hasattr(found, "sqlite3_vfs_find") and ctypes.sizeof(ctypes.c_void_p) == 8 else None


def install() -> None:
    sqlite = library()
    assert sqlite is not None, "ask `library` first"
    sqlite.sqlite3_vfs_find.restype = ctypes.c_void_p
    usual = sqlite.sqlite3_vfs_find(None)
    ours = ctypes.create_string_buffer(ctypes.string_at(usual, VFS_BYTES), VFS_BYTES)
    name = ctypes.create_string_buffer(b"last-sync")
    open_usual = Open(_pointer(usual + OPEN_AT))

    def opened(_vfs: int, path: int, file: int, flags: int, out: int) -> int:
        code = open_usual(usual, path, file, flags, out)
        if code == OK and flags & (MAIN_DB | WAL):
            _names[file] = os.fsdecode(ctypes.string_at(path))
            _around(file)
        return code

    ours_opened = Open(opened)
    _kept.extend((ours, name, ours_opened))
    at = ctypes.addressof(ours)
    _point(at + NAME_AT, ctypes.addressof(name))
    _point(at + OPEN_AT, ctypes.cast(ours_opened, ctypes.c_void_p).value or 0)
    assert sqlite.sqlite3_vfs_register(ctypes.c_void_p(at), 1) == OK


def _around(file: int) -> None:
    """Gives an open file functions that are SQLite's own, but for the one that waits for the disk."""
    usual = _pointer(file)
    if usual not in _methods:
        copy = ctypes.create_string_buffer(ctypes.string_at(usual, METHODS_BYTES), METHODS_BYTES)
        sync_usual = Sync(_pointer(usual + SYNC_AT))

        def synced(number: int, flags: int) -> int:
            code = sync_usual(number, flags)
            if code == OK:
                keep(_names[number])
            return code

        ours = Sync(synced)
        _kept.append(ours)
        _point(ctypes.addressof(copy) + SYNC_AT, ctypes.cast(ours, ctypes.c_void_p).value or 0)
        _methods[usual] = copy
    _point(file, ctypes.addressof(_methods[usual]))


def keep(name: str) -> None:
    """Copies it from a descriptor that is never closed: to close SQLite's file here would end its locks."""
    if name not in _open:
        _open[name] = os.open(name, os.O_RDONLY)
    size, at = os.fstat(_open[name]).st_size, 0
    with Path(f"{name}.new").open("wb") as copy:
        while at < size:
            at += os.sendfile(copy.fileno(), _open[name], at, size - at)
    Path(f"{name}.new").rename(name + ENDING)


def _pointer(at: int) -> int:
    return ctypes.c_void_p.from_address(at).value or 0


def _point(at: int, to: int) -> None:
    ctypes.c_void_p.from_address(at).value = to


if __name__ == "__main__":
    from bot.cli import main

    install()
    main()
