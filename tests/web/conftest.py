"""SQLite without threads of its own, as in the tests of the work: a page reads a dozen small statements. Its file is
emptied after each test, and its connections stay."""

from __future__ import annotations

import pytest

from storage.runtime.engine import Database
from tests.one_thread import in_one_thread


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture
def sqlite_db(kept_db: Database) -> Database:
    return kept_db
