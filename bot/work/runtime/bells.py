"""Bells: an event for each kind of work, which wakes the loop that does it, in this process and in the others.

Nothing depends on them: loops look from time to time all the same, seldom while bells are heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from storage.runtime.engine import Database, is_unavailable
from storage.runtime.listening import Listening, listening

AGAIN_AFTER_S = 2.0
NAMES = ("inbox", "desk", "sending")
TOGETHER_S = 0.01  # what is rung meanwhile is said at once


class Bell(asyncio.Event):
    """`set` wakes the loops of all processes, `wake` only those of this one, `tell_others` those of the others."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__()
        self.tell_others = tell

    def set(self) -> None:
        super().set()
        self.tell_others()

    def wake(self) -> None:
        super().set()


class Bells:
    """The bells of one process. They ring in others only while `carry` runs."""

    def __init__(self) -> None:
        self._rung: dict[str, None] = {}
        self._any = asyncio.Event()
        self.inbox, self.desk, self.sending = (Bell(partial(self._ring, name)) for name in NAMES)
        self.are_heard = False  # whether those of other processes are

    def wake(self) -> None:
        """Wakes all loops of this process."""
        for bell in self._all().values():
            bell.wake()

    async def carry(self, db: Database, anybody_else: Callable[[], bool]) -> None:
        """Rings in other processes, if there are any, and hears theirs, until it is cancelled."""
        while True:
            try:
                async with listening(db, self._hear, self._any.set) as others:
                    self.are_heard = True
                    self.wake()  # something may have come before
                    await self._pass_on(others, anybody_else)
            except Exception as error:
                if not is_unavailable(error):  # else the loops that work with the database tell of it
                    raise
            finally:
                self.are_heard = False
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _pass_on(self, others: Listening, anybody_else: Callable[[], bool]) -> None:
        while not others.is_lost:
            await self._any.wait()
            self._any.clear()
            rung, self._rung = self._rung, {}
            if anybody_else() and not others.is_lost:
                for name in rung:
                    await others.say(name)
            await asyncio.sleep(TOGETHER_S)

    def _ring(self, name: str) -> None:
        self._rung[name] = None
        self._any.set()

    def _hear(self, name: str) -> None:
        if (bell := self._all().get(name)) is not None:  # a newer version may have more
            bell.wake()

    def _all(self) -> dict[str, Bell]:
        return dict(zip(NAMES, (self.inbox, self.desk, self.sending), strict=True))
