"""The HTTP server of the program: what it serves, and how it starts and ends with the rest.

What an address does is in files of its own: `health`, `metrics`, `unsubscribe`, `webhook`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from bot.web import AddressTaken, health, metrics, unsubscribe, webhook
from bot.work.parts import Parts
from bot.work.watching import Watch

STOP_WITHIN_S = 2.0


class HttpSide:
    """Serves until stopped."""

    def __init__(self, parts: Parts) -> None:
        self._settings = parts.settings
        self.app = build(parts)
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to serve; raises `AddressTaken`."""
        host, port = self._settings.host_and_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            listening.close()
            raise AddressTaken(
                f"DUEBOT_LISTEN: {host}:{port} cannot be listened at ({error.strerror}); set another host:port"
            ) from None
        config = uvicorn.Config(
            self.app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]), name="http")

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            return
        self._server.end()
        _, unfinished = await asyncio.wait([self._task], timeout=STOP_WITHIN_S)
        for task in unfinished:
            task.cancel()


class _Server(uvicorn.Server):
    """Leaves signals to the program, and ends as soon as it is to: uvicorn by itself looks ten times a second whether
    it is, and then waits a tenth of a second for connections to close, even where there are none."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # with 0 it renews what changes every second: the Date of its answers
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections:
            await super().shutdown(sockets)
            return
        for listening in (*self.servers, *(sockets or ())):
            listening.close()


def build(parts: Parts) -> FastAPI:
    app = FastAPI(title="duebot", docs_url=None, redoc_url=None, openapi_url=None)
    watch = Watch(parts)
    for routes in (
        *(health.router(parts, watch), metrics.router(parts, watch)),
        *(unsubscribe.router(parts), webhook.router(parts)),
    ):
        app.include_router(routes)
    return app
