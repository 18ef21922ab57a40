"""Fixtures for work: databases as new, where SQLite has no threads, because these take longer than most statements; and
the commands, made once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.main
import typer.testing

from storage.runtime.engine import Database
from tests.conftest import opened
from tests.kept_sqlite import KeptFile
from tests.one_thread import in_one_thread


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture(autouse=True, scope="session")
def commands_made_once() -> Iterator[None]:
    """`CliRunner` makes all commands of the program for each that it runs, which takes longer than most of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def kept_file(sqlite_template: Path) -> Iterator[KeptFile]:
    kept = KeptFile(sqlite_template, sqlite_template.with_name(f"work-{os.getpid()}"))
    yield kept
    kept.end()


@pytest.fixture
async def sqlite_db(kept_file: KeptFile) -> AsyncIterator[Database]:
    with kept_file.lent() as path:
        async with opened(f"sqlite:///{path}") as database:
            yield database
