"""What the API is asked: a line of the log for each request, and counts for Prometheus. Neither knows persons: they
have the route without what it names, and the name of the key."""

from __future__ import annotations

import asyncio

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import spans
from bot.web.api.routes import VERSION

log = structlog.get_logger()

NO_ROUTE = "none"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Traffic:
    """The counts of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("duebot_api_requests", "Requests to the HTTP API", labels, registry=self.registry)
        self._seconds = Histogram(
            "duebot_api_seconds",
            "Seconds until an answer of the HTTP API has left",
            ("route",),
            registry=self.registry,
            buckets=SECONDS,
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        method = scope["method"] if route != NO_ROUTE else NO_ROUTE
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        caller = scope["state"].get("caller")
        log.info(
            "asked",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            key=caller.name if caller else None,
        )


def _route(scope: Scope) -> str:
    """The address below that of the version, without what it names."""
    return str(getattr(scope.get("route"), "path_format", NO_ROUTE)).removeprefix(VERSION)


def _trace(scope: Scope) -> dict[str, str]:
    """The headers that say which trace the request belongs to."""
    names = [name.encode() for name in spans.TRACE_HEADERS]
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in names}


class Noted:
    """ASGI: passes on, and notes each answer."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app, self._traffic = app, traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})
        began_s, status = asyncio.get_running_loop().time(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with spans.root(scope["method"], "server", headers=_trace(scope)) as span:
            try:
                await self._app(scope, receive, noting)
            finally:
                self._traffic.note(scope, status, asyncio.get_running_loop().time() - began_s)
                route, method = _route(scope), scope["method"]
                about = {"http__route": route, "http__request__method": method, "http__response__status_code": status}
                spans.tell(span, f"{method} {route}", **about)
