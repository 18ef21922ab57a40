"""Retries writes about what has already happened outside, until the database is available."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.rules.runtime.retries import Retries
from bot.waiting import waiting_outside
from storage.runtime.failures import trouble_of

log = structlog.get_logger()
T = TypeVar("T")

AGAIN = Retries((0.1, 0.3, 1.0, 2.0, 5.0))
SAID_AGAIN_AFTER_S = 60.0
WELL_AFTER_S = 10.0  # without a failure


class Outage:
    """Logs outages of the database: one line for each cause, one a minute while it lasts, and one when it is over. It
    does not matter how many tasks wait for the database, or how often they try."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._said: dict[str, float] = {}
        self._since: float | None = None
        self._last = 0.0
        self._tries = 0

    def noticed(self, error: BaseException) -> bool:
        """Logs why the database is unavailable; False if waiting does not help against `error`."""
        trouble = trouble_of(error)
        if trouble is None:
            return False
        now = self._monotonic()
        if self._since is None or now - self._last > 2 * SAID_AGAIN_AFTER_S:
            self._since, self._tries, self._said = now, 0, {}
        self._tries += 1
        self._last = now
        said = self._said.get(trouble)
        if said is None or now - said >= SAID_AGAIN_AFTER_S:
            self._said[trouble] = now
            log.warning("the database is away, waiting", why=trouble, tries=self._tries)
        return True

    def worked(self) -> None:
        """Logs that the outage is over, once there was no failure for a while: after a restart, many connections fail
        one after the other."""
        if self._since is not None and self._monotonic() - self._last >= WELL_AFTER_S:
            log.info("the database is back", away_s=round(self._last - self._since, 1), tries=self._tries)
            self._since, self._said = None, {}


outage = Outage()  # of this process, which has one database


async def persist(write: Callable[[], Awaitable[T]]) -> T:
    """Runs `write` until the database accepts it: a message that was sent must not be forgotten because of a lock.

    It waits only if waiting helps against the error; any other error is raised. `write` must be safe to run again.
    """
    tries = 0
    while True:
        try:
            done = await write()
        except Exception as error:
            if not outage.noticed(error):
                raise
            with waiting_outside():
                await asyncio.sleep(AGAIN.wait_s(tries + 1))
            tries += 1
        else:
            outage.worked()
            return done
