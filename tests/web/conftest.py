"""SQLite without threads of its own, as in the tests of the work: a page reads a dozen small statements. Its file is
emptied after each test, and its connections stay."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.runtime.engine import Database
from tests.conftest import opened
from tests.kept_sqlite import KeptFile
from tests.one_thread import in_one_thread


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture(scope="session")
def kept_file(sqlite_template: Path) -> Iterator[KeptFile]:
    kept = KeptFile(sqlite_template, sqlite_template.with_name(f"web-{os.getpid()}"))
    yield kept
    kept.end()


@pytest.fixture
async def sqlite_db(kept_file: KeptFile) -> AsyncIterator[Database]:
    with kept_file.lent() as path:
        async with opened(f"sqlite:///{path}") as database:
            yield database
