"""Tests of the engine itself, of locks and of connections: here SQLite has its threads, and each test a new file, as in
the program."""

from __future__ import annotations

import pytest

from tests.conftest import sqlite_db as sqlite_db


@pytest.fixture
def one_thread() -> None:
    """In the place of that of `tests/storage`."""
