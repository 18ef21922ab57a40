"""Takes each request of the HTTP API once that comes with an `Idempotency-Key`.

The same request again within a day gets what is kept of the first one; another one with the same key is refused, and so
is the same one while the first is under way. A request that failed, or was undone with its transaction, is forgotten at
once, so that it may be sent again; only one whose process was killed is under way for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.operations import idempotency_keys
from storage.runtime.engine import Connection, Database
from storage.runtime.write_retry import persist

KEPT_FOR = timedelta(days=1)
# Without an answer for so long the process was killed. Facts may take long, and writing them twice changes nothing.
CUT_OFF_AFTER = timedelta(minutes=15)
CUT_OFF_AFTER_AT_THE_DESK = timedelta(minutes=1)
FORGET_WITHIN_S = 1.0  # then it is forgotten after the answer


class KeyInUse(Exception):
    """The same request is under way; ask again later."""


class OtherRequest(Exception):
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request by its caller's key. `digest` is that of all that it asks; `at` is when it came; without an answer
    until `cut_off_after` it may be taken again."""

    caller: str
    key: str
    digest: str
    at: datetime
    cut_off_after: timedelta = CUT_OFF_AFTER

    async def end(self, conn: Connection, kept: str) -> bool:
        """Keeps what the same request gets, in the transaction of what was done, or after it. False if this one was
        so slow that it counted as cut off, and the same request was taken again."""
        return await idempotency_keys.end(conn, self.caller, self.key, self.at, kept)


class Once:
    """The requests of one process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._forgetting: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def taking(self, request: Keyed | None) -> AsyncIterator[str | None]:
        """What is kept of the same request; None if it is to be done now, within this context. Without a key it always
        is. Raises `KeyInUse` and `OtherRequest`."""
        if request is None:
            yield None
            return
        async with self._db.write() as conn:
            kept = await _begin(conn, request)
        try:
            yield kept
        except Exception:
            if kept is None:
                await asyncio.wait({self._forget(request)}, timeout=FORGET_WITHIN_S)
            raise
        except BaseException:  # it took too long, or the program ends
            if kept is None:
                self._forget(request)
            raise

    def _forget(self, request: Keyed) -> asyncio.Task[None]:
        """Again and again while the database is away: that may be why it failed."""

        async def forget() -> None:
            async with self._db.write() as conn:
                await idempotency_keys.drop_cut_off(conn, request.caller, request.key, request.at)

        task = asyncio.create_task(persist(forget), name="forget a request")
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)
        return task


async def _begin(conn: Connection, request: Keyed) -> str | None:
    """What is kept of the same request; else it is under way from now on."""
    found = await idempotency_keys.find(conn, request.caller, request.key)
    if found is not None:
        age = request.at - found.begun_at
        if age < KEPT_FOR:
            if found.digest != request.digest:
                raise OtherRequest
            if found.counts is not None:
                return found.counts
            if timedelta() <= age < request.cut_off_after:
                raise KeyInUse
        await idempotency_keys.drop(conn, request.caller, request.key, found.begun_at)
    if not await idempotency_keys.begin(conn, request.caller, request.key, request.digest, request.at):
        raise KeyInUse  # it came twice at the same moment
    return None
