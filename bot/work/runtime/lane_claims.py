"""Which person's updates this process handles, where several processes serve one inbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from storage.runtime import workers
from storage.runtime.engine import Connection
from storage.runtime.inbox_shares import Next


class LaneClaims:
    """The lanes of one process. While no other process serves the inbox, `shared` is False, and nothing is written."""

    def __init__(self, worker: str = "") -> None:
        self._worker = worker
        self.shared = False
        self.ready = True  # whether the inbox may be served now
        self.bots = 1  # how many processes serve it
        self._held: set[str] = set()

    @property
    def held(self) -> Collection[str]:
        return self._held

    async def take(self, conn: Connection, busy: Collection[str], more: Sequence[Next]) -> Sequence[Next]:
        """Keeps the claims of `busy` lanes, gives back all others, and claims those of `more`; returns which of these
        no other process handles."""
        self._held &= set(busy)
        lanes = {update.lane for update in more}
        if not self.shared:
            self._held |= lanes
            return more
        await workers.keep_lanes(conn, self._worker, self._held)
        mine = await workers.claim_lanes(conn, self._worker, lanes)
        self._held |= mine
        return [update for update in more if update.lane in mine]

    def holds(self, lane: str) -> bool:
        """Whether the lane is certainly still this process's."""
        return lane in self._held

    def lose_all(self) -> None:
        """Other processes may have taken the lanes: this one was not heard of for too long."""
        self._held.clear()
        self.shared = self.ready = False
