"""Takes facts in over the HTTP API, each request once.

With an `Idempotency-Key` the same request again is not written again: it is answered with the counts of the first one.
One that was cut off is written again, which changes nothing that is there already. Refusals are not kept, as they may
quote what was sent of a person.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.work.facts.import_json import Imported, JsonRows
from storage.operations import api_writes
from storage.runtime.engine import Connection, Database

KEPT_FOR = timedelta(days=1)
CUT_OFF_AFTER = timedelta(minutes=15)  # without an answer: the process was killed


class KeyInUse(Exception):
    """The same request is under way; ask again later."""


class OtherRequest(Exception):
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Written:
    """`repeated`: it was written before, and its refusals were told then."""

    imported: Imported
    repeated: bool = False


class FactWriter:
    """Imports one request's facts after the other, as imports into one database take turns anyhow."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turn = asyncio.Lock()

    async def write(self, rows: JsonRows, caller: str, key: str | None, digest: str, now: datetime) -> Written:
        """Raises `KeyInUse` and `OtherRequest`. `digest` is that of the whole request."""
        if key is None:
            return Written(await self._import(rows, now))
        async with self._db.write() as conn:
            counts = await _begin(conn, caller, key, digest, now)
        if counts is not None:
            return Written(Imported(**json.loads(counts), refusals=()), repeated=True)
        done = await self._import(rows, now)
        kept = {"added": done.added, "changed": done.changed, "same": done.same, "refused": done.refused}
        async with self._db.write() as conn:
            await api_writes.end(conn, caller, key, json.dumps(kept))
        return Written(done)

    async def _import(self, rows: JsonRows, now: datetime) -> Imported:
        async with self._turn:
            return await rows.take_in(self._db, now)


async def _begin(conn: Connection, caller: str, key: str, digest: str, now: datetime) -> str | None:
    """The counts, if it was written before; else it is under way from now on."""
    found = await api_writes.find(conn, caller, key)
    if found is not None and now - found.begun_at < KEPT_FOR:
        if found.digest != digest:
            raise OtherRequest
        if found.counts is not None:
            return found.counts
        if timedelta() <= now - found.begun_at < CUT_OFF_AFTER:
            raise KeyInUse
    await api_writes.begin(conn, caller, key, digest, now)
    return None
