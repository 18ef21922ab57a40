"""The API as one FastAPI application: its routes, its OpenAPI document, and a problem document for every refusal."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import NO_TELEMETRY, add_routes
from bot.web.api import admin, desk, desk_queue, events, facts, figures, overviews, reads, segments, webhooks_document
from bot.web.api.access import Access
from bot.web.api.bodies import wrong
from bot.web.api.models import ProblemDocument
from bot.web.api.request_log import Noted, Traffic
from bot.web.api.routes import VERSION
from bot.web.problems import KINDS, OF_STATUS, PATH, Problem, problem
from bot.work.operations.idempotent_requests import KeyInUse, Once, OtherRequest
from bot.work.runtime.parts import Parts
from storage.runtime.write_retry import outage

log = structlog.get_logger()

PREFIX = "/api"
AGAIN_AFTER = {"Retry-After": "5"}
METHODS = ("DELETE", "GET", "POST")  # of all operations
ABOUT = (
    "Customers, debts, cases and evidence of a wallet whose customers are never overdue without contact. Amounts are "
    "decimal strings in the currency's own unit; instants are ISO 8601 in UTC; days are the customer's."
)


def build(parts: Parts, events_have_work: asyncio.Event, traffic: Traffic) -> ASGIApp:
    app = Noted(_Outermost(_application(parts, events_have_work)), traffic)

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": segments.path_of(scope)}, receive, send)  # the server keeps its own

    return api


def document(parts: Parts) -> dict[str, Any]:
    """The OpenAPI document, without a server."""
    return _document(_application(parts, asyncio.Event()))


def _application(parts: Parts, events_have_work: asyncio.Event) -> FastAPI:
    access = Access(parts)
    app = FastAPI(
        title="duebot",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
        redirect_slashes=False,  # to an address that has the host of whatever name was asked
    )
    once = Once(parts.db)
    for routes in (
        *(reads.router(parts, access), overviews.router(parts, access), figures.router(parts, access)),
        *(facts.router(parts, access, once), desk.router(parts, access, once), desk_queue.router(parts, access)),
        *(admin.router(parts, access), events.router(parts, events_have_work)),
    ):
        add_routes(app, routes)
    _add_documents(app, access)
    _add_refusals(app)
    return app


def _add_documents(app: FastAPI, access: Access) -> None:
    @app.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        await access.require_open()
        return Response(_written(app), media_type="application/json")

    @app.get(PATH + "{kind}", include_in_schema=False)
    async def what(kind: str) -> Response:
        if kind not in KINDS:
            raise Problem("not-found", f"there is no kind of problem {kind[:64]!r}")
        known = KINDS[kind]
        return JSONResponse({"type": PATH + kind, "title": known.title, "status": known.status, "how": known.how})


_kept: list[bytes] = []  # the document, once one is written: all applications of this version have the same


def _written(app: FastAPI) -> bytes:
    if not _kept:
        _kept.append(bytes(JSONResponse(_document(app)).body))
        app.openapi_schema = None  # nobody asks for it again
    return _kept[0]


def _document(app: FastAPI) -> dict[str, Any]:
    if not app.webhooks.routes:
        webhooks_document.add_webhooks(app.webhooks)
    known = app.openapi()
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = known["components"]["schemas"] | problem.pop("$defs") | {ProblemDocument.__name__: problem}
    return {**known, "components": {**known["components"], "schemas": dict(sorted(schemas.items()))}}


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def known(_: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return problem("wrong-value", "some values are not as expected", [wrong(each) for each in error.errors()])

    @app.exception_handler(KeyInUse)
    async def in_use(_: Request, error: KeyInUse) -> Response:
        return problem("under-way", headers=AGAIN_AFTER)

    @app.exception_handler(OtherRequest)
    async def other_request(_: Request, error: OtherRequest) -> Response:
        return problem("other-request")

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        kind = OF_STATUS.get(error.status_code, "bad-request")
        return problem(kind, headers={"Allow": _methods(app, request)} if kind == "wrong-method" else error.headers)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        if outage.noticed(error):
            return problem("away", "the database is away", headers=AGAIN_AFTER)
        log.error("a request failed", route=_route(request), exc_info=error)
        return problem("broken")


def _methods(app: FastAPI, request: Request) -> str:
    """What the address takes, of all its operations: Starlette names those of the first one."""
    asked = {name: request.scope[name] for name in ("type", "path", "root_path")}
    known = [m for m in METHODS if any(r.matches({**asked, "method": m})[0] == Match.FULL for r in app.routes)]
    return ", ".join([*known, *(["HEAD"] if "GET" in known else [])])


class _Outermost:
    """ASGI: adds the headers that every answer has. What failed was answered and logged already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                more = {"Cache-Control": "no-store", **scope["state"].get("limits", {})}
                message["headers"] = [*message["headers"], *((n.encode(), v.encode()) for n, v in more.items())]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            if not begun:
                raise


def _route(request: Request) -> str:
    """The address without what it names: it is for the log, which knows no persons."""
    return str(getattr(request.scope.get("route"), "path_format", "")).removeprefix(VERSION)
