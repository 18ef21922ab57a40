"""SQLite without a thread of its own, so that one seed is one run: nothing depends on which thread gets its turn first.

It is the same driver and the same file; only what aiosqlite hands over to its thread is done at once.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from typing import Any

import aiosqlite.core
import pytest


class _AtOnce:
    """In place of the queue that leads to the thread."""

    def put_nowait(self, job: tuple[Future[Any] | None, Callable[[], Any]]) -> None:
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


class _NoThread:
    daemon = True

    def __init__(self, target: Callable[..., Any], args: tuple[Any, ...]) -> None:
        pass

    def start(self) -> None:
        pass


def in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all databases that are opened from now on."""
    monkeypatch.setattr(aiosqlite.core, "SimpleQueue", _AtOnce)
    monkeypatch.setattr(aiosqlite.core, "Thread", _NoThread)
