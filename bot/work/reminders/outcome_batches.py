"""Recording together what came to its end at about the same time: one transaction for all that waits, not one for each.

What ends first waits a moment for company, and what ends while a group is being written is the next group; whoever
hands something in goes on once it is on record. A transaction costs as much as recording a dozen things in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from storage.runtime.write_retry import persist

T = TypeVar("T")

GATHER_S = 0.02  # far below the time that a server takes to answer, and far below the time after which a claim is lost


@dataclass(slots=True)
class _Entry(Generic[T]):
    """Something to be written; `done` once it is, or once `error` says why it never will be."""

    item: T
    done: bool = False
    error: Exception | None = None


class Recorder(Generic[T]):
    """Records `expected` things with `write`, which writes down all that it is given or nothing, and may be run again.

    Nothing waits longer than `gather_s` for others, and nothing at all once all that is expected is there.
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
        """Returns once it is on record; raises what `write` raised, unless waiting cures that."""
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
            pass  # those who are there do not wait for the slowest

    async def _write_what_waits(self) -> None:
        group, self._waiting = self._waiting, []
        try:
            await self._write_group(group)
        finally:
            # Where this task was cancelled, whoever has the next turn writes what is not done.
            self._waiting = [entry for entry in group if not entry.done] + self._waiting

    async def _write_group(self, group: Sequence[_Entry[T]]) -> None:
        try:
            await persist(lambda: self._write([entry.item for entry in group]))
        except Exception as error:
            if len(group) == 1:
                group[0].done, group[0].error = True, error
                return
            for entry in group:  # what is wrong with one keeps no other from being recorded
                await self._write_group([entry])
        else:
            for entry in group:
                entry.done = True
