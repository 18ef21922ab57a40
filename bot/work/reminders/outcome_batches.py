"""Records outcomes that arrive at about the same time in one transaction, instead of one transaction for each.

The first outcome waits a moment for others. What arrives while a group is being written is the next group. The caller
goes on when its outcome is recorded. One transaction costs about as much as recording a dozen outcomes in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from storage.runtime.write_retry import persist

T = TypeVar("T")

GATHER_S = 0.03  # much shorter than a server's answer, and much shorter than the time after which a claim is lost

_Entry = tuple[T, "asyncio.Future[None]"]


class Recorder(Generic[T]):
    """Records things with `write`, which writes all that it is given or nothing, and may run again.

    Nothing waits longer than `gather_s` for others. When everything that was expected has arrived, nothing waits at
    all.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]], gather_s: float = GATHER_S) -> None:
        self._write = write
        self._gather_s = gather_s
        self._expected = 0
        self._all_there = asyncio.Event()
        self._waiting: list[_Entry[T]] = []
        self._writer: asyncio.Task[None] | None = None

    def expect(self, number: int) -> None:
        """So many more things will come."""
        self._expected += number
        if self._expected > 0:
            self._all_there.clear()

    async def record(self, item: T) -> None:
        """Returns when the item is recorded; raises what `write` raised, unless a retry helped. An item is recorded
        even if its caller is cancelled."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        self._expected -= 1
        if self._expected <= 0:
            self._all_there.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        await written

    def abandon(self) -> None:
        """Writes no more; those who wait are cancelled."""
        if self._writer is not None:
            self._writer.cancel()

    async def _write_all(self) -> None:
        group: list[_Entry[T]] = []
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting, []
                await self._write_group(group)
        except asyncio.CancelledError:
            _end(group + self._waiting, None)
            raise
        except BaseException as error:
            _end(group + self._waiting, error)
        finally:
            self._writer = None

    async def _gather(self) -> None:
        with suppress(TimeoutError):  # what is here does not wait for the slowest one
            async with asyncio.timeout(self._gather_s):
                await self._all_there.wait()

    async def _write_group(self, group: Sequence[_Entry[T]]) -> None:
        try:
            await persist(lambda: self._write([item for item, _ in group]))
        except Exception as error:
            if len(group) == 1:
                _end(group, error)
                return
            for entry in group:  # one faulty item must not stop the others
                await self._write_group([entry])
        else:
            for _, written in group:
                if not written.done():
                    written.set_result(None)


def _end(entries: Sequence[_Entry[T]], error: BaseException | None) -> None:
    """Ends the waiting of those that are still waiting: with this error, or (None) by cancelling them."""
    for _, written in entries:
        if written.done():
            continue
        if error is None:
            written.cancel()
        else:
            written.set_exception(error)
