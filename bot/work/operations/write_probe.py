"""Whether the database accepts a write now: writes one instant, at most every few seconds.

A full disk or a read-only database is reported at once. A busy database, as during a long import, gets a minute before
it is reported.
"""

from __future__ import annotations

import asyncio

from bot.clock import Clock
from storage.runtime.engine import Database
from storage.runtime.program_state import probe_write

AGAIN_AFTER_S = 10.0
WAITED_FOR_S = 2.0
BUSY_FOR_S = 60.0
TAKES_NONE = "the database takes no write: is its disk full, or may it only be read?"
IS_BUSY = "the database has taken no write for a minute"


class WriteProbe:
    """Remembers the result of the last write; if a write hangs, it is waited for and no second one starts."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._writing: asyncio.Task[None] | None = None
        self._began_s = self._ended_s = float("-inf")
        self._fault: str | None = None

    async def fault(self) -> str | None:
        """Why nothing can be written, or None."""
        loop = asyncio.get_running_loop()
        if self._writing is None:
            if self._fault is None and loop.time() - self._ended_s < AGAIN_AFTER_S:
                return None
            self._began_s = loop.time()
            self._writing = asyncio.create_task(self._write())
        await asyncio.wait([self._writing], timeout=WAITED_FOR_S)
        if self._writing is not None and loop.time() - self._began_s > BUSY_FOR_S:
            return IS_BUSY
        return self._fault

    async def _write(self) -> None:
        try:
            async with self._db.write() as conn:
                await probe_write(conn, self._clock.now())
            self._fault = None
        except Exception:  # any error: the probe only says whether a write is accepted
            self._fault = TAKES_NONE
        finally:
            self._ended_s = asyncio.get_running_loop().time()
            self._writing = None
