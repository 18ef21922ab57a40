"""`/console/live`: tells an open page that something it shows has changed (server-sent events).

The page then asks for itself once more, so that what may be seen is decided in one place. Each stream lasts less than
the limit of an answer and the browser opens it again, so it needs no limits of its own; its session is looked at
again before anything is said. A page has one stream, and only while it is looked at: a browser opens six connections
to a server over HTTP/1.1, so pages in the background would keep those in front from loading.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime, timedelta
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from bot.web.console.access import Access, Refused, Visitor
from bot.web.lazy_routes import LazyRouter
from bot.work.cases.desk_changes import DeskChanges
from bot.work.operations.console_access import LOOK_AGAIN_AFTER, PATH, look_at, who_else_looks
from bot.work.runtime.parts import Parts

T = TypeVar("T")

LASTS_S = 20.0  # less than `limits.ANSWER_WITHIN_S`
HEARTBEAT_S = 5.0
AGAIN_MS = 300  # after which the browser opens the next one
MOST_STREAMS = 8  # of one session
UNBUFFERED = {"X-Accel-Buffering": "no"}  # to nginx: what is said is passed on at that moment
GATHER_S = 0.1  # changes that come close together are told together


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
    changes, streams = DeskChanges(parts.db), Counter[int]()

    @routes.get("/live")
    async def live(request: Request, case: int = 0) -> Response:
        visitor = await access.visitor(request)
        if streams[visitor.session.session_id] >= MOST_STREAMS:
            raise Refused("too_many")
        stream = _Stream(parts, access, changes, request, visitor, case if 0 < case < 2**63 else 0)

        async def told() -> AsyncIterator[str]:
            streams[visitor.session.session_id] += 1
            try:
                async for said in stream.events():
                    yield said
            finally:
                streams[visitor.session.session_id] -= 1
                if not streams[visitor.session.session_id]:
                    del streams[visitor.session.session_id]

        return StreamingResponse(told(), headers=UNBUFFERED, media_type="text/event-stream")

    return routes


class _Stream:
    """One page's stream."""

    def __init__(
        self, parts: Parts, access: Access, changes: DeskChanges, request: Request, visitor: Visitor, case_id: int
    ) -> None:
        self._parts, self._access, self._changes, self._request = parts, access, changes, request
        self._visitor, self._case_id = visitor, case_id
        self._looked_at: datetime | None = None
        self._asking: asyncio.Task[object] | None = None

    async def events(self) -> AsyncIterator[str]:
        yield f"retry: {AGAIN_MS}\n\n"
        loop = asyncio.get_running_loop()
        ends_at, others = loop.time() + LASTS_S, await self._whole(self._who_else())
        async with self._changes.seen() as queue:
            if others:
                yield _event(self._case_id)
            while (left_s := ends_at - loop.time()) > 0:
                changed = await _next(queue, min(HEARTBEAT_S, left_s))
                if not await self._whole(self._is_still_in()):
                    yield "event: out\ndata: {}\n\n"
                    return
                now_here = await self._whole(self._who_else())
                if now_here != others:
                    others, changed = now_here, changed | {self._case_id}
                yield _event(*changed) if changed else ": still here\n\n"

    async def _whole(self, question: Coroutine[object, object, T]) -> T:
        """The answer of the database. A page that is closed meanwhile ends the stream, and not the question: a
        connection of SQLite that is cut off in the middle takes seconds to end."""
        self._asking = asking = asyncio.create_task(question)
        return await asyncio.shield(asking)

    async def _is_still_in(self) -> bool:
        try:
            await self._access.visitor(self._request)
        except Refused:
            return False
        return True

    async def _who_else(self) -> tuple[str, ...]:
        """Says that this agent looks at the case, and sees who else does."""
        if not self._case_id:
            return ()
        db, now, session = self._parts.db, self._parts.clock.now(), self._visitor.session
        if self._looked_at is None or not timedelta() <= now - self._looked_at < LOOK_AGAIN_AFTER:
            if not await look_at(db, session, self._case_id, now):
                self._case_id = 0
                return ()
            self._looked_at = now
        return tuple(other.name for other in await who_else_looks(db, session, self._case_id, now))


async def _next(queue: asyncio.Queue[frozenset[int]], within_s: float) -> frozenset[int]:
    """What changes next, with what comes right after it; empty if nothing does in that time."""
    try:
        changed = await asyncio.wait_for(queue.get(), within_s)
    except TimeoutError:
        return frozenset()
    await asyncio.sleep(GATHER_S)
    while not queue.empty():
        changed |= queue.get_nowait()
    return changed


def _event(*case_ids: int) -> str:
    return f"event: changed\ndata: {json.dumps({'cases': sorted(case_ids)})}\n\n"
