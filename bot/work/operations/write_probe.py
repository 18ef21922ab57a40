"""Whether the database takes a write just now: a mark of its own is written, at most every few seconds.

A full disk and a database that only reads say so at once. One that is merely busy, as during a long import, is waited
for a minute before it counts as taking none.
"""

from __future__ import annotations

import asyncio

from bot.clock import Clock
from storage.runtime.app_state import write_mark
from storage.runtime.engine import Database

AGAIN_AFTER_S = 10.0
WAITED_FOR_S = 2.0
BUSY_FOR_S = 60.0
MARK = "probe.write"
TAKES_NONE = "the database takes no write: is its disk full, or may it only be read?"
IS_BUSY = "the database has taken no write for a minute"


class WriteProbe:
    """Remembers what the last write came to; a write that hangs is waited for, and no second one is begun."""

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
                await write_mark(conn, MARK, "", self._clock.now())
            self._fault = None
        except Exception:  # whatever it is: this says whether a write is taken, and no more
            self._fault = TAKES_NONE
        finally:
            self._ended_s = asyncio.get_running_loop().time()
            self._writing = None
