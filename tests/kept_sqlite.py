"""One SQLite file for the tests of a worker, one after the other: each finds it as if it were new.

A new connection reads the whole schema and prepares every statement again, which takes a fifth of the time of a
conversation. So the file is emptied, and its connections stay: what the driver closes is given to whom asks next. This
is for tests in which SQLite has no threads of its own (`tests.one_thread`), as a connection belongs to its thread.

Where a test left anything but rows (a changed schema, a setting, another file), or very many of them, the next test
gets a new file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from storage.runtime.engine import PRAGMAS
from storage.runtime.sqlite_trips import OneTrip

FILES = {"duebot.db", "duebot.db-wal", "duebot.db-shm"}
MANY_PAGES = 200  # more than it had when it was new: then a copy takes less than to delete their rows
SET_ONCE = frozenset(f"PRAGMA {pragma}" for pragma in PRAGMAS)  # to set them again makes statements be prepared again
OF_EACH = ("PRAGMA busy_timeout", "PRAGMA cache_size")  # set whenever somebody takes the connection


class _Cursor(sqlite3.Cursor):
    connection: KeptConnection

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA") and not self.connection.is_to_be_set(sql):
            return self
        return super().execute(sql, *given)


class KeptConnection(sqlite3.Connection):
    """A connection that is not closed but given to whom asks next, with all statements that it has prepared."""

    def __init__(self, *address: Any, **more: Any) -> None:
        super().__init__(*address, **more)
        self.kept_by: KeptFile | None = None
        self.is_odd = False  # set as none of the program's is
        self._has: set[str] = set()  # settings and functions

    def cursor(self, _factory: object = None) -> sqlite3.Cursor:
        return super().cursor(_Cursor)

    def create_function(self, name: str, *more: Any, **options: Any) -> None:
        if name not in self._has:  # all engines have the same
            self._has.add(name)
            super().create_function(name, *more, **options)

    def is_to_be_set(self, pragma: str) -> bool:
        if pragma in SET_ONCE:
            is_new = pragma not in self._has
            self._has.add(pragma)
            return is_new
        self.is_odd = self.is_odd or ("=" in pragma and not pragma.startswith(OF_EACH))
        return True

    def close(self) -> None:
        if self.kept_by is None or not self.kept_by.takes_back(self):
            super().close()

    def end(self) -> None:
        super().close()


@dataclass
class KeptFile:
    """A copy of `template`, in a folder of its own."""

    template: Path
    folder: Path
    _file: tuple[int, ...] | None = None  # its device, inode and mode, while it is there
    _taken: list[KeptConnection] = field(default_factory=list)
    _idle: list[KeptConnection] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "duebot.db"

    @contextmanager
    def lent(self) -> Iterator[Path]:
        """The file for one test, as new. Connections to it that are opened meanwhile are kept."""
        if self._file is None:
            self._make()
        connect = OneTrip.connect

        def kept(driver: OneTrip, *address: Any, **more: Any) -> Any:
            if address and str(address[0]).startswith(f"file:{self.path}?"):
                more["factory"] = self._take
            return connect(driver, *address, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(OneTrip, "connect", kept)
            yield self.path
        if not self._is_as_new():
            self.end()

    def fill(self, path: Path) -> None:
        """While it is lent: with all rows of another file of the same schema."""
        self._keeper.execute("ATTACH ? AS filled", [str(path)])
        self._put("filled")
        self._keeper.execute("DETACH filled")

    def end(self) -> None:
        for connection in (*self._taken, *self._idle):
            connection.end()
        self._taken.clear()
        self._idle.clear()
        if self._file is not None:
            self._keeper.close()
        self._file = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def takes_back(self, connection: KeptConnection) -> bool:
        """Whether it is kept; else it is closed."""
        if connection not in self._taken:
            return False
        self._taken.remove(connection)
        if connection.is_odd:
            return False
        if connection.in_transaction:
            connection.rollback()
        self._idle.append(connection)
        return True

    def _make(self) -> None:
        self.folder.mkdir(parents=True)
        shutil.copy(self.template, self.path)
        self._file = _identity(self.path)
        # It keeps the file's WAL, empties the file, and is not lent.
        self._keeper = sqlite3.connect(self.path, isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = OFF", "secure_delete = ON"):
            self._keeper.execute(f"PRAGMA {setting}")
        self._keeper.execute("ATTACH ? AS template", [str(self.template)])
        self._schema, self._pages = self._said("schema_version"), self._said("page_count")
        tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name"
        self._tables = [name for (name,) in self._keeper.execute(tables).fetchall()]
        columns = "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info(?, 'main')"  # none that is computed
        self._columns = {name: self._keeper.execute(columns, [name]).fetchone()[0] for name in self._tables}
        triggers = "SELECT tbl_name FROM main.sqlite_master WHERE type = 'trigger'"
        self._with_triggers = {name for (name,) in self._keeper.execute(triggers).fetchall()}

    def _take(self, *address: Any, **more: Any) -> sqlite3.Connection:
        if self._idle:
            connection = self._idle.pop(0)
        else:
            # The program's side of a test may run in a thread of its own; in each there is one who uses it.
            connection = KeptConnection(*address, **{**more, "check_same_thread": False})
            connection.kept_by = self
        self._taken.append(connection)
        return connection

    def _is_as_new(self) -> bool:
        """After a test has closed what it opened, and whatever it has left open."""
        for connection in self._taken:
            connection.end()
        self._taken.clear()
        with suppress(sqlite3.Error, OSError):
            if (
                _identity(self.path) == self._file
                and {path.name for path in self.folder.iterdir()} <= FILES
                and self._said("schema_version") == self._schema
                and self._said("page_count") <= self._pages + MANY_PAGES
            ):
                self._put("template")
                return True
        return False

    def _put(self, source: str) -> None:
        """Puts the rows of an attached file in the place of all there are."""
        keeper = self._keeper
        keeper.execute("BEGIN IMMEDIATE")
        # Triggers write rows while others are deleted or written, into tables that have none themselves.
        while filled := self._filled("main"):
            for name in filled:
                keeper.execute(f'DELETE FROM main."{name}"')
        for name in sorted(given := self._filled(source), key=lambda name: name not in self._with_triggers):
            keeper.execute(f'DELETE FROM main."{name}"')
            columns = self._columns[name]
            keeper.execute(f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM {source}."{name}"')
        for name in set(self._filled("main")) - set(given):
            keeper.execute(f'DELETE FROM main."{name}"')
        keeper.execute("COMMIT")

    def _filled(self, where: str) -> list[str]:
        """The tables that have rows."""
        asked = ", ".join(f'EXISTS (SELECT 1 FROM {where}."{name}")' for name in self._tables)
        [row] = self._keeper.execute(f"SELECT {asked}").fetchall()
        return [name for name, has_rows in zip(self._tables, row, strict=True) if has_rows]

    def _said(self, pragma: str) -> int:
        [[value]] = self._keeper.execute(f"PRAGMA main.{pragma}").fetchall()
        return int(value)


def _identity(path: Path) -> tuple[int, ...]:
    """Which file it is, and who may read it."""
    found = os.stat(path)  # noqa: PTH116  as the engine does
    return found.st_dev, found.st_ino, found.st_mode
