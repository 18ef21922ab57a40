"""A pool that gives, of the connections that nobody uses, the one that has been there longest.

Each of SQLite's connections keeps the statements ready that it has run, and to prepare one of the planner's takes
longer than to run it. The connection that was given back last may be one that somebody needed for a moment. So nearly
all statements are run on the same few connections, however many are open.
"""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import memoized_property
from sqlalchemy.util.queue import AsyncAdaptedQueue

NUMBER = "duebot_number"  # noted of a connection when it is first given back; a new one in its place has another


class _Idle(asyncio.Queue[ConnectionPoolEntry]):
    def _init(self, maxsize: int) -> None:
        self._numbers = count()
        self._queue: list[tuple[bool, int, ConnectionPoolEntry]] = []

    def _put(self, item: ConnectionPoolEntry) -> None:
        is_lost = item.dbapi_connection is None  # who gets it opens another in its place: so it comes last
        number = next(self._numbers)
        heappush(self._queue, (is_lost, number if is_lost else item.info.setdefault(NUMBER, number), item))

    def _get(self) -> ConnectionPoolEntry:
        return heappop(self._queue)[-1]


class _LongestThereFirst(AsyncAdaptedQueue[ConnectionPoolEntry]):
    @memoized_property
    def _queue(self) -> asyncio.Queue[ConnectionPoolEntry]:
        return _Idle(self.maxsize)


class LongestThereFirst(AsyncAdaptedQueuePool):
    """For `create_async_engine(poolclass=…)`."""

    _queue_class = _LongestThereFirst
