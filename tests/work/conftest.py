"""Fixtures for work: new databases, where SQLite has no threads, because these take longer than most statements."""

import pytest

from tests.one_thread import in_one_thread


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)
