"""SQLite without threads of its own, as in the tests of the work: a page reads a dozen small statements. Its file is
emptied after each test, and its connections stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.runtime.engine import Database
from tests.conftest import KINDS
from tests.one_thread import in_one_thread
from tests.web.api_server import Served
from tests.web.console_browser import staffed


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)


@pytest.fixture
def sqlite_db(kept_db: Database) -> Database:
    return kept_db


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    """The console as most of its tests find it: with agents, and Anna Lee, who has a case."""
    with staffed(request.getfixturevalue(f"{request.param}_db")) as one:
        yield one


@pytest.fixture
def one(sqlite_db: Database) -> Iterator[Served]:
    """The same, for what is about no statement."""
    with staffed(sqlite_db) as one:
        yield one
