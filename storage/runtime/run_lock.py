"""Keeps a second program away from a SQLite file on which one runs already: both would answer and remind everybody.

Each speaking role has a lock file beside the database, with the name of the process that holds it. The kernel frees the
lock when that process ends, however it ends; the file stays and means nothing by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path

MOST_BYTES = 300


class AlreadyRuns(RuntimeError):
    """Another program already does on this database what this one was started for."""


class CannotLock(RuntimeError):
    """This file system or user cannot lock here, so a second program would not be noticed."""


class RunLock:
    """The locks of one process; they are held until it ends, or until `release`."""

    def __init__(self, database: Path, role: str) -> None:
        """`role`: all, bot or sender, as in `duebot run --role`."""
        self._database = database.resolve()  # two programs may give it by different names
        self._role = role
        self._held: list[int] = []

    def take(self) -> None:
        """Raises `AlreadyRuns` and `CannotLock`, and then holds nothing."""
        try:
            for part in ("bot", "sender") if self._role == "all" else (self._role,):
                self._take(self._database.with_name(f"{self._database.name}.{part}.lock"))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        while self._held:
            os.close(self._held.pop())

    def _take(self, path: Path) -> None:
        try:
            # Not inherited by other programs that this one starts. A lock of `fcntl` would be lost as soon as anything
            # in this process closed the file; this one is not.
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._held.append(file)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, MOST_BYTES, 0).decode(errors="replace").strip() or "another process"
            raise AlreadyRuns(
                f"{self._database} is in use by another `duebot run` ({holder}); end that one first, or give this one "
                "a database of its own"
            ) from None
        except OSError as error:
            raise CannotLock(f"{path} cannot be locked: {error.strerror}") from None
        with contextlib.suppress(OSError):  # a full disk: it is locked all the same
            os.ftruncate(file, 0)
            os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}, role {self._role}\n".encode(), 0)
