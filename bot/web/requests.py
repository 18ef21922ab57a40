"""Limits for every request, before it is handled: its size, its time, and how many at the same time.

A body is counted while it arrives and never kept here; the handler decides whether to read it. So an unauthorised
client costs only the headers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import limits
from bot.web.problems import problem

TOO_LARGE = f"a body may have {limits.MOST_BODY_BYTES} bytes"
AGAIN_LATER = {"Retry-After": "1"}


class Bounded:
    """ASGI: answers requests beyond a limit itself, and passes the others on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way: Counter[str] = Counter()  # by the path's first part: slow metrics delay no webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, send)
            return
        await self._within_time(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = scope["headers"]
        address = len(scope["raw_path"]) + len(scope["query_string"])
        if address > limits.MOST_ADDRESS_BYTES:
            return _said(400, f"an address may have {limits.MOST_ADDRESS_BYTES} bytes")
        size = address + sum(len(name) + len(value) for name, value in headers)
        if size > limits.MOST_HEADER_BYTES:  # the parser refuses them, too, but not if all came at once
            return _said(400, f"headers may have {limits.MOST_HEADER_BYTES} bytes, with the address")
        if len(headers) > limits.MOST_HEADERS:
            return _said(431, f"a request may have {limits.MOST_HEADERS} headers")
        length = next((value for name, value in headers if name == b"content-length"), b"0")
        if not length.isdigit() or (int(length[:20]) > limits.MOST_BODY_BYTES and not limits.is_bulk(scope)):
            return _said(413, TOO_LARGE)
        most = limits.MOST_STREAMS if scope["path"] == limits.STREAM_PATH else limits.MOST_REQUESTS
        if self._under_way[_kind(scope)] >= most:
            return _said(503, "too much is being asked at once", AGAIN_LATER)
        return None

    async def _within_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Always answers in time. The work on the answer ends by itself: a thread that waits for a locked database
        cannot be cancelled, and counts as running until it ends."""
        counted, began, too_late, bulk = 0, False, False, limits.is_bulk(scope)
        loop = asyncio.get_running_loop()
        moved_s = loop.time()

        async def counting() -> Message:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > limits.MOST_BODY_BYTES and not bulk:
                raise HTTPException(413, TOO_LARGE)
            return message

        async def noting(message: Message) -> None:
            nonlocal began, moved_s
            if not too_late:
                began = True
                await send(message)
                moved_s = loop.time()

        work = self._begin(_kind(scope), self._app(scope, counting, noting))
        try:
            await asyncio.wait({work}, timeout=None if bulk else limits.ANSWER_WITHIN_S)
            if limits.is_long_answer(scope):
                ends_s = loop.time() + limits.LONG_ANSWER_WITHIN_S
                while not work.done() and (left_s := min(moved_s + limits.ANSWER_WITHIN_S, ends_s) - loop.time()) > 0:
                    await asyncio.wait({work}, timeout=left_s)
        finally:
            too_late = not work.done()
            work.cancel()
        if too_late and not began:
            await _said(503, "this cannot be answered just now", AGAIN_LATER)(scope, receive, send)
        elif not too_late:
            work.result()

    def _begin(self, kind: str, work: Awaitable[None]) -> asyncio.Future[None]:
        """Starts to answer, and counts it as running until it has ended."""
        self._under_way[kind] += 1

        def ended(task: asyncio.Future[None]) -> None:
            self._under_way[kind] -= 1
            if not self._under_way[kind]:
                del self._under_way[kind]
            if not task.cancelled():
                task.exception()  # the waiting caller has seen it; nobody waits for a late answer

        task = asyncio.ensure_future(work)
        task.add_done_callback(ended)
        return task


def _kind(scope: Scope) -> str:
    if scope["path"] == limits.STREAM_PATH:
        return limits.STREAM_PATH  # open pages keep nobody from opening another
    return str(scope["path"]).split("/")[1] if "/" in scope["path"] else ""


def _said(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    kind = {400: "bad-request", 413: "too-large", 431: "too-many-headers", 503: "away"}[status]
    return problem(kind, words, headers=headers)
