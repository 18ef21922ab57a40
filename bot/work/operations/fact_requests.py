"""Takes facts in over the HTTP API, each request once.

With an `Idempotency-Key` the same request again is not written again: it is answered with the counts of the first one.
One that was cut off is written again, which changes nothing that is there already. Refusals are not kept, as they may
quote what was sent of a person.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime

from bot.work.facts.import_json import Imported, JsonRows
from bot.work.operations.idempotent_requests import Keyed, Once
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Written:
    """`repeated`: it was written before, and its refusals were told then."""

    imported: Imported
    repeated: bool = False


class FactWriter:
    """Imports one request's facts after the other, as imports into one database take turns anyhow."""

    def __init__(self, db: Database, once: Once) -> None:
        self._db, self._once = db, once
        self._turn = asyncio.Lock()

    async def write(self, rows: JsonRows, request: Keyed | None, now: datetime) -> Written:
        """Raises `KeyInUse` and `OtherRequest`."""
        async with self._once.taking(request) as kept:
            if kept is not None:
                return Written(Imported(**json.loads(kept), refusals=()), repeated=True)
            async with self._turn:
                done = await rows.take_in(self._db, now)
            if request is not None:
                counts = {"added": done.added, "changed": done.changed, "same": done.same, "refused": done.refused}
                async with self._db.write() as conn:
                    await request.end(conn, json.dumps(counts))
        return Written(done)
