"""Accepts connections: a limited number, and slowly.

asyncio alone accepts everything, and if no file descriptor is left it reports this about a thousand times a second.
Here a new connection replaces one that has been idle for long; if there is none, it waits in the system's queue.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable

import structlog

from bot.web.connections import Connection
from bot.web.limits import Connections, who

log = structlog.get_logger()

QUEUE = 128  # the system's queue of connections that are not accepted yet
AT_ONCE = 16  # connections accepted before other tasks get a turn
LOOK_EVERY_S = 1.0
AGAIN_AFTER_S = 1.0
GRACE_S = 0.5  # a new connection is safe for so long

Make = Callable[[str | None, Callable[[Connection], None]], Connection]


class Acceptor:
    """Accepts connections of one listening socket, with what uvicorn expects of a server: `close` and `wait_closed`."""

    def __init__(self, listening: socket.socket, make: Make, most: Connections) -> None:
        self._listening, self._make, self._most = listening, make, most
        self._loop = asyncio.get_running_loop()
        self._open: set[Connection] = set()
        self._coming = 0  # accepted, but not in `_open` yet
        self._by_address: Counter[str] = Counter()
        self._beginning: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._reading = self._closed = False
        listening.setblocking(False)
        listening.listen(QUEUE)
        self._go_on()
        self._looking = self._loop.call_later(LOOK_EVERY_S, self._look)

    def close(self) -> None:
        self._closed = True
        self._pause()
        self._looking.cancel()
        if self._again is not None:
            self._again.cancel()

    async def wait_closed(self) -> None:
        """Waits for nothing: uvicorn itself waits for the connections."""

    # --- Accepting ---------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            if not self._has_room():
                self._pause()  # until one ends, or has been idle for long enough
                return
            try:
                accepted, (host, *_) = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.warning("no connection can be accepted, waiting", error=error, wait_s=AGAIN_AFTER_S)
                self._pause()
                self._again = self._loop.call_later(AGAIN_AFTER_S, self._go_on)
                return
            self._take(accepted, who(host))

    def _take(self, accepted: socket.socket, address: str | None) -> None:
        if address is not None and self._by_address[address] >= self._most.per_address:
            self._make_room(address)
            if self._by_address[address] >= self._most.per_address:
                accepted.close()
                return
        accepted.setblocking(False)
        self._coming += 1
        if address is not None:
            self._by_address[address] += 1
        task = self._loop.create_task(self._begin(accepted, address))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, accepted: socket.socket, address: str | None) -> None:
        connection = self._make(address, self._gone)
        try:
            await self._loop.connect_accepted_socket(lambda: connection, accepted)
        except OSError as error:
            accepted.close()
            log.warning("a connection could not be accepted", error=error)
        else:
            if not connection.lost:
                self._open.add(connection)
                return
        finally:
            self._coming -= 1
        self._forget(address)

    # --- Room --------------------------------------------------------------------------------------------------------

    def _has_room(self) -> bool:
        if self._count() >= self._most.in_all:
            self._make_room(None)
        return self._count() < self._most.in_all

    def _count(self) -> int:
        return len(self._open) + self._coming

    def _make_room(self, address: str | None) -> None:
        """Ends the connection that has been idle for the longest, of one address or of all."""
        now_s = self._loop.time()
        waiting = [c for c in self._open if c.waits and (address is None or c.address == address)]
        longest = min(waiting, key=lambda c: c.since_s, default=None)
        if longest is not None and now_s - longest.since_s >= GRACE_S:
            self._gone(longest)  # not counted from now on: the system reports it a moment later
            longest.end()

    def _gone(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.discard(connection)
            self._forget(connection.address)

    def _forget(self, address: str | None) -> None:
        if address is not None:
            self._by_address[address] -= 1
            if self._by_address[address] <= 0:
                del self._by_address[address]
        if self._again is None:
            self._go_on()

    def _look(self) -> None:
        self._looking = self._loop.call_later(LOOK_EVERY_S, self._look)
        for connection in list(self._open):
            connection.end_if_too_slow()
        if self._again is None:
            self._go_on()

    def _go_on(self) -> None:
        self._again = None
        if not self._reading and not self._closed:
            self._loop.add_reader(self._listening.fileno(), self._accept)
            self._reading = True

    def _pause(self) -> None:
        if self._reading:
            self._loop.remove_reader(self._listening.fileno())
            self._reading = False
