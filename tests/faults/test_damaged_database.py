"""If the database cannot be used, one line tells what is wrong, where, and what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.program import Program
from tests.faults.watching import TOKEN

COMMANDS = ("run", "audit", "plan", "migrate", "show C1", "forget C1", "link C1", "agent list", "import wallet.csv")
LINK = "Background on this error"


def garbled(path: Path) -> None:
    path.write_bytes(b"no database, this is a letter to Anna Lee.\n" * 500)


def torn(path: Path) -> None:
    """Its first page is whole, and the rest is not."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_another(path: Path) -> None:
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE orders (number INTEGER)")
    other.close()


def of_the_future(path: Path) -> None:
    """A newer duebot took away what this one uses: one that only adds leaves it usable."""
    newer = sqlite3.connect(path)
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.execute("UPDATE program_state SET usable_from = '9999'")
    newer.commit()
    newer.close()


WRONG: dict[str, tuple[Callable[[Path], None], str]] = {
    "garbled": (garbled, "it is no SQLite database"),
    "torn": (torn, "it is damaged"),
    "a folder": (folder, "it is a folder"),
    "of another program": (of_another, "it is another program's, with tables such as orders"),
    "of a newer duebot": (of_the_future, "install the newer duebot"),
}


async def ran(where: Path, command: str) -> tuple[int, str]:
    env = {"DUEBOT_TOKEN": TOKEN, "DUEBOT_TELEGRAM_API": "http://127.0.0.1:9", "DUEBOT_LISTEN": "127.0.0.1:0"}
    program = Program(where, env)
    await program.start(*command.split(), until="")
    return await program.ended(), program.told


@pytest.fixture
def place(sqlite_template: Path, tmp_path: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    (tmp_path / "wallet.csv").write_text("customer_id,name\nC1,Anna\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("spoil", "said"), WRONG.values(), ids=WRONG)
async def test_every_command_says_what_is_wrong_in_one_line(
    place: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(place / "duebot.db")
    for command in COMMANDS if spoil is garbled else ("run", "audit"):
        code, told = await ran(place, command)
        assert (code, told.count("\n"), said in told) == (1, 1, True), (command, told)
        assert LINK not in told


async def test_the_newest_whole_backup_is_named(place: Path, sqlite_template: Path) -> None:
    garbled(place / "duebot.db")
    garbled(place / "newest.db")
    for name, written_at in (("old.db", 1_700_000_000), ("newer.db", 1_750_000_000)):
        shutil.copy(sqlite_template, place / name)
        os.utime(place / name, (written_at, written_at))
    _, told = await ran(place, "audit")
    assert f"{place / 'duebot.db'} cannot be read" in told
    assert f"put {place / 'newer.db'} in its place, the newest whole backup beside it, of 2025-06-15 15:06 UTC" in told
