"""SQLite without threads of its own, as in the tests of the work: a page reads a dozen small statements."""

from __future__ import annotations

import pytest

from tests.one_thread import in_one_thread


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_thread(monkeypatch, in_turn=True)
