"""The program's HTTP server: what it serves, and how it starts and stops with the rest.

`calendar`, `health`, `metrics`, `unsubscribe` and `webhook` handle the addresses, `api` those of other programs,
`console` those of agents and supervisors.
`limits` has the limits; `connection_acceptor`, `connections` and `requests` enforce them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web import NO_TELEMETRY, AddressTaken, add_routes, calendar, health, limits, metrics, unsubscribe, webhook
from bot.web.api import app as api
from bot.web.api.request_log import Traffic
from bot.web.connection_acceptor import QUEUE, Acceptor
from bot.web.connections import Connection
from bot.web.console import app as console
from bot.web.database_unavailable import WhileAway
from bot.web.requests import Bounded
from bot.work.facts.import_json import drop_left_over
from bot.work.operations.monitoring import Watch
from bot.work.operations.wallet_events import apply_waiting
from bot.work.runtime.parts import Parts

STOP_WITHIN_S = 2.0


class HttpSide:
    """Serves until stopped."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings
        self.events_have_work = asyncio.Event()
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.address = ""  # where it listens, such as http://127.0.0.1:8080

    @cached_property
    def app(self) -> ASGIApp:
        """Built with the first request: a program starts sooner."""
        return build(self._parts, self.events_have_work)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def start(self) -> None:
        """Starts to serve; raises `AddressTaken`."""
        drop_left_over()
        host, port = self._settings.host_and_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(QUEUE)
        except OSError as error:
            listening.close()
            raise AddressTaken(
                f"DUEBOT_LISTEN: {host}:{port} cannot be used ({error.strerror}); set another host:port"
            ) from None
        port = listening.getsockname()[1]
        self.address = f"http://[{host}]:{port}" if family == socket.AF_INET6 else f"http://{host}:{port}"
        self._parts.listening.address = self.address
        config = uvicorn.Config(
            Bounded(self._answer),
            http=Connection,
            ws="none",
            loop="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=int(limits.IDLE_S),
            h11_max_incomplete_event_size=limits.MOST_HEADER_BYTES,
        )
        self._server = _Server(config, limits.connections_for(limits.raise_open_files()))
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]), name="http")

    async def apply_events(self) -> None:
        """Applies the wallet's events that wait."""
        await apply_waiting(self._parts.db, self._parts.clock)

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            return
        self._server.end()
        _, unfinished = await asyncio.wait([self._task], timeout=STOP_WITHIN_S)
        for task in unfinished:
            task.cancel()


class _Server(uvicorn.Server):
    """Leaves signals to the program, and stops at once: uvicorn alone checks ten times a second whether to stop, and
    then waits a tenth of a second for connections to close, even if there are none. `Acceptor` accepts connections."""

    def __init__(self, config: uvicorn.Config, most: limits.Connections) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()
        self._most = most
        self.servers: list[Any] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, with `Acceptor` instead of asyncio's own server."""

        def make(address: str | None, gone: Callable[[Connection], None]) -> Connection:
            return Connection(
                config=self.config, server_state=self.server_state, app_state={}, gone=gone, address=address
            )

        self.servers = [Acceptor(listening, make, self._most) for listening in sockets or ()]
        self.started = True

    def end(self) -> None:
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # with 0 it renews the Date header of its answers
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections:
            await super().shutdown(sockets)
            return
        for listening in (*self.servers, *(sockets or ())):
            listening.close()


def build(parts: Parts, events_have_work: asyncio.Event | None = None) -> FastAPI:
    """`events_have_work` is set when an event of the wallet was written down."""
    app = FastAPI(title="duebot", docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    app.add_middleware(WhileAway)
    traffic, watch = Traffic(), Watch(parts)
    builders = {
        api.PREFIX: partial(api.build, parts, events_have_work or asyncio.Event(), traffic),
        console.PATH: partial(console.build, parts, watch),
    }
    app.add_middleware(_PartsFirst, builders=builders)
    for routes in (
        *(health.router(parts, watch), metrics.router(parts, watch, traffic.registry)),
        *(calendar.router(parts), unsubscribe.router(parts), webhook.router(parts)),
    ):
        add_routes(app, routes)
    return app


class _PartsFirst:
    """ASGI: passes on to the API and to the console what is theirs. They are applications of their own, because their
    refusals are, and the API's OpenAPI document."""

    def __init__(self, app: ASGIApp, builders: Mapping[str, Callable[[], ASGIApp]]) -> None:
        self._app, self._builders = app, builders
        self._built: dict[str, ASGIApp] = {}

    def _of(self, path: str) -> ASGIApp:
        """Built with its first request: many programs are never asked."""
        for prefix, build in self._builders.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                if prefix not in self._built:
                    self._built[prefix] = build()
                return self._built[prefix]
        return self._app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._of(str(scope["path"])) if scope["type"] == "http" else self._app
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        await app(scope, receive, send)
