"""Writing down what has already happened outside, whatever the database is doing just then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from storage.engine import is_unavailable

log = structlog.get_logger()
T = TypeVar("T")

WAITS_S = (0.1, 0.3, 1.0, 2.0, 5.0)  # the last one again and again


async def persist(write: Callable[[], Awaitable[T]]) -> T:
    """Runs `write` until the database takes it: a message that left must not be forgotten because it was locked.

    Only errors that waiting cures are waited for; any other is raised. `write` must be safe to run again.
    """
    tries = 0
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_unavailable(error):
                raise
            wait_s = WAITS_S[min(tries, len(WAITS_S) - 1)]
            tries += 1
            log.warning("database unavailable, waiting", error=type(error).__name__, wait_s=wait_s)
            await asyncio.sleep(wait_s)
