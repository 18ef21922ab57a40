"""A bell that wakes everyone who waits for something to happen: long polls, tests that listen, open pages.

Ringing is synchronous, so that state can be changed without awaiting; each task that wakes checks what is new.
"""

from __future__ import annotations

import asyncio


class Bell:
    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wakes all who wait now."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, timeout_s: float | None) -> bool:
        """Waits for the next ring; False when `timeout_s` passed without one."""
        if timeout_s is not None and timeout_s <= 0:
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True
