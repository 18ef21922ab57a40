"""SQLite without its own threads: the same driver and the same file, but what aiosqlite passes to its thread is done at
once. For a small statement, passing it to the thread and back takes most of the time.

It is not for tests of locked databases or killed programs: these use threads like the program.
"""

from __future__ import annotations

import sqlite3
from asyncio import Future
from collections.abc import Callable
from typing import Any

import aiosqlite.core
import pytest

Job = tuple[Future[Any] | None, Callable[[], Any]]
STATEMENTS = frozenset({"execute", "executemany", "run", "commit"})
LOCKED_FOR_S, LOOK_AGAIN_S = 30.0, 0.002  # as `storage.runtime.engine` has it


class _AtOnce:
    """In place of the queue that leads to the thread. Nobody has a turn in between, so that one seed is one run."""

    def put_nowait(self, job: Job) -> None:
        future, function = job
        try:
            result = function()
        except BaseException as error:
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class _InTurn:
    """The same, but after each statement all others have a turn, as while a thread is working. If the database is
    locked, waiting for it does not block the others."""

    def put_nowait(self, job: Job) -> None:
        future, function = job
        if future is None:
            function()
            return
        loop = future.get_loop()
        name = getattr(getattr(function, "func", None), "__name__", "")
        later = loop.call_soon if name in STATEMENTS else lambda ended, *what: ended(*what)
        self._do(future, function, later, loop.time() + LOCKED_FOR_S)

    def _do(self, future: Future[Any], function: Callable[[], Any], later: Callable[..., Any], until: float) -> None:
        loop = future.get_loop()
        try:
            result = function()
        except BaseException as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY and loop.time() < until:
                loop.call_later(LOOK_AGAIN_S, self._do, future, function, later, until)
            else:
                later(_fail, future, error)
        else:
            if isinstance(result, sqlite3.Connection):
                result.execute("PRAGMA busy_timeout = 0")
            later(_end, future, result)


def _end(future: Future[Any], result: Any) -> None:
    if not future.done():  # nobody waits for it any more
        future.set_result(result)


def _fail(future: Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class _NoThread:
    daemon = True

    def __init__(self, target: Callable[..., Any], args: tuple[Any, ...]) -> None:
        pass

    def start(self) -> None:
        pass


def in_one_thread(monkeypatch: pytest.MonkeyPatch, *, in_turn: bool = False) -> None:
    """For all databases that are opened from now on; `in_turn` where several tasks use them at once."""
    monkeypatch.setattr(aiosqlite.core, "SimpleQueue", _InTurn if in_turn else _AtOnce)
    monkeypatch.setattr(aiosqlite.core, "Thread", _NoThread)
