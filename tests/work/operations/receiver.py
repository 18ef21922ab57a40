"""Receivers of events for tests: a real HTTP server that answers as a test says."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.rules.operations.event_signatures import verified

Answering = Callable[["Received"], Awaitable[web.StreamResponse] | web.StreamResponse]


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes
    request: web.Request = field(repr=False)

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        return str(self.json["type"])

    @property
    def customer_id(self) -> str:
        return str(self.json["data"]["customer_id"])

    def is_signed(self, secret: str, now: datetime) -> bool:
        return verified(self.headers, self.body, (secret,), now).event_id == self.event_id


class Receiver:
    """`got` is what came, in order; `answers` what it answers, 200 if nothing is said."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answers: Answering = lambda _its: web.Response()
        self.url = ""
        self._came = asyncio.Event()

    async def has(self, number: int) -> None:
        """Waits for so many requests."""
        while len(self.got) < number:
            self._came.clear()
            await self._came.wait()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        one = Received(headers, await request.read(), request)
        self.got.append(one)
        self._came.set()
        answer = self.answers(one)
        return answer if isinstance(answer, web.StreamResponse) else await answer

    @property
    def ids(self) -> list[str]:
        return [one.event_id for one in self.got]


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}/events"
    try:
        yield receiver
    finally:
        await runner.cleanup()
