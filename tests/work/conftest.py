"""Fixtures for work: new databases, where SQLite has no threads, because these take longer than most statements; and
the commands, made once."""

from collections.abc import Iterator
from functools import cache

import pytest
import typer.main
import typer.testing

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
