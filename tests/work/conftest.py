"""Fixtures for work: databases as new, where SQLite has no threads, because these take longer than most statements; and
the commands, made once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
import typer.main
import typer.testing

from storage.runtime.engine import Database
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


@pytest.fixture
def sqlite_db(kept_db: Database) -> Database:
    return kept_db
