"""Of two programs with the same role on one SQLite file the second is refused."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.runtime.run_lock import AlreadyRuns, CannotLock, RunLock


@contextmanager
def held(path: Path, role: str) -> Iterator[None]:
    lock = RunLock(path, role)
    lock.take()
    try:
        yield
    finally:
        lock.release()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "duebot.db").touch()
    return tmp_path / "duebot.db"


@pytest.mark.parametrize(
    ("first", "second"),
    [("all", "all"), ("bot", "bot"), ("sender", "sender"), ("all", "bot"), ("all", "sender"), ("bot", "all")],
)
def test_a_role_is_done_once(database: Path, first: str, second: str) -> None:
    named = rf"\(process {os.getpid()} on \S+, role {first}\)"
    with held(database, first), pytest.raises(AlreadyRuns, match=named):
        RunLock(database, second).take()
    with held(database, second):
        pass


def test_bot_and_sender_run_side_by_side(database: Path) -> None:
    with held(database, "bot"), held(database, "sender"):
        pass


def test_who_is_refused_keeps_no_part(database: Path) -> None:
    with held(database, "sender"):
        with pytest.raises(AlreadyRuns):
            RunLock(database, "all").take()
        with held(database, "bot"):
            pass


def test_another_name_of_the_file_is_the_same_file(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = database.with_name("link.db")
    link.symlink_to(database)
    monkeypatch.chdir(database.parent)
    with held(database, "bot"):
        for name in (link, Path("duebot.db"), database.parent / "x" / ".." / "duebot.db"):
            with pytest.raises(AlreadyRuns):
                RunLock(name, "bot").take()


def test_another_file_is_free(database: Path) -> None:
    with held(database, "all"), held(database.with_name("other.db"), "all"):
        pass


def test_reading_the_lock_file_frees_nothing(database: Path) -> None:
    with held(database, "bot"):
        database.with_name("duebot.db.bot.lock").read_text("utf-8")
        with pytest.raises(AlreadyRuns):
            RunLock(database, "bot").take()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_says_so(database: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(CannotLock, match="bot.lock cannot be locked: "):
        RunLock(database, "bot").take()


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotLock, match="No such file"):
        RunLock(tmp_path / "gone" / "duebot.db", "bot").take()
