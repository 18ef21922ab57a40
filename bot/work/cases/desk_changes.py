"""Tells pages which cases have changed: one question to the database a second for all pages of this process together,
and none while nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.cases import desk_changes
from storage.cases.desk_changes import Change, Marks
from storage.runtime.engine import Database, is_unavailable

LOOK_EVERY_S = 1.0


class DeskChanges:
    """What has changed, for as many onlookers as there are."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._onlookers: set[asyncio.Queue[frozenset[int]]] = set()
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def seen(self) -> AsyncIterator[asyncio.Queue[frozenset[int]]]:
        """A queue of sets of case ids, each of what has changed since the one before."""
        mine: asyncio.Queue[frozenset[int]] = asyncio.Queue()
        self._onlookers.add(mine)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="desk changes")
        try:
            yield mine
        finally:
            self._onlookers.discard(mine)  # the last one ends the looking: nothing is cut off

    async def _look(self) -> None:
        marks, known = Marks(), set[Change]()
        is_first = True
        while self._onlookers:
            try:
                async with self._db.read() as conn:
                    since = await desk_changes.marks(conn) if is_first else marks
                    rows = await desk_changes.changes_since(conn, since)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                rows = known  # the page's own requests say that the database is away
            changed = frozenset(case_id for _, _, case_id in rows - known)
            if changed and not is_first:
                for onlooker in self._onlookers:
                    onlooker.put_nowait(changed)
            if rows:
                highest = {kind: max((n for k, n, _ in rows if k == kind), default=0) for kind, _, _ in rows}
                marks = Marks(
                    max(marks.event, highest.get("event", 0)),
                    max(marks.relay, highest.get("relay", 0)),
                    max(marks.contact, highest.get("contact", 0)),
                )
            known, is_first = rows, False
            await asyncio.sleep(LOOK_EVERY_S)
