"""Records outcomes that arrive at about the same time in one transaction, instead of one transaction for each.

The first outcome waits a moment for others. What arrives while a group is being written is the next group. The caller
goes on when its outcome is recorded. One transaction costs about as much as recording a dozen outcomes in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from storage.runtime.write_retry import persist

T = TypeVar("T")

GATHER_S = 0.02  # much shorter than a server's answer, and much shorter than the time after which a claim is lost


@dataclass(slots=True)
class _Entry(Generic[T]):
    """Something to write; `done` is set when it is written, or when `error` says why it cannot be written."""

    item: T
    done: bool = False
    error: Exception | None = None


class Recorder(Generic[T]):
    """Records `expected` things with `write`, which writes all that it is given or nothing, and may run again.

    Nothing waits longer than `gather_s` for others. When everything expected has arrived, nothing waits at all.
    """

    def __init__(
        self, write: Callable[[Sequence[T]], Awaitable[None]], expected: int, gather_s: float = GATHER_S
    ) -> None:
        self._write = write
        self._expected = expected
        self._gather_s = gather_s
        self._all_there = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting: list[_Entry[T]] = []

    async def record(self, item: T) -> None:
        """Returns when the item is recorded; raises what `write` raised, unless a retry helped."""
        entry = _Entry(item)
        self._waiting.append(entry)
        self._expected -= 1
        if self._expected <= 0:
            self._all_there.set()
        async with self._turn:
            if not entry.done:
                await self._gather()
                await self._write_what_waits()
        if entry.error is not None:
            raise entry.error

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(self._gather_s):
                await self._all_there.wait()
        except TimeoutError:
            pass  # the items that are here do not wait for the slowest one

    async def _write_what_waits(self) -> None:
        group, self._waiting = self._waiting, []
        try:
            await self._write_group(group)
        finally:
            # If this task was cancelled, the task with the next turn writes the rest.
            self._waiting = [entry for entry in group if not entry.done] + self._waiting

    async def _write_group(self, group: Sequence[_Entry[T]]) -> None:
        try:
            await persist(lambda: self._write([entry.item for entry in group]))
        except Exception as error:
            if len(group) == 1:
                group[0].done, group[0].error = True, error
                return
            for entry in group:  # one faulty item must not stop the others
                await self._write_group([entry])
        else:
            for entry in group:
                entry.done = True
