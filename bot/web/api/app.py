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

from bot.web import NO_TELEMETRY
from bot.web.api import admin, desk, desk_queue, events, facts, figures, overviews, reads, segments, webhooks_document
from bot.web.api.access import Access
from bot.web.api.bodies import wrong
from bot.web.api.models import ProblemDocument
from bot.web.api.request_log import Noted, Traffic
from bot.web.problems import KINDS, MEDIA_TYPE, OF_STATUS, PATH, Problem, problem
from bot.work.operations.idempotent_requests import KeyInUse, Once, OtherRequest
from bot.work.runtime.parts import Parts
from storage.runtime.write_retry import outage

log = structlog.get_logger()

PREFIX = "/api"
VERSION = "/api/v1"
AGAIN_AFTER = {"Retry-After": "5"}
METHODS = ("DELETE", "GET", "POST")  # of all operations
ABOUT = (
    "Customers, debts, cases and evidence of a wallet whose customers are never overdue without contact. Amounts are "
    "decimal strings in the currency's own unit; instants are ISO 8601 in UTC; days are the customer's."
)
_PROBLEM: dict[str, Any] = {"model": ProblemDocument, "content": {MEDIA_TYPE: {}}}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    titles = {status: [kind.title for kind in KINDS.values() if kind.status == status] for status in statuses}
    return {status: {**_PROBLEM, "description": " / ".join(titles[status])} for status in statuses}


REFUSALS = _refusals(400, 401, 403, 404, 422, 429, 431, 503)
OF_WRITES = _refusals(409, 413, 415)
OF_THE_DESK = _refusals(409, 412, 413, 415)
OF_EVENTS = _refusals(400, 401, 404, 409, 413, 422, 431, 503)


def build(parts: Parts, events_have_work: asyncio.Event, traffic: Traffic) -> ASGIApp:
    app = Noted(_Outermost(_application(parts, events_have_work)), traffic)

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": segments.path_of(scope)}, receive, send)  # the server keeps its own

    return api


def document(parts: Parts) -> dict[str, Any]:
    """The OpenAPI document, without a server."""
    return _with_problems(_application(parts, asyncio.Event()).openapi())


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
    for routes in (reads.router(parts, access), overviews.router(parts, access), figures.router(parts, access)):
        app.include_router(routes, prefix=VERSION, responses=REFUSALS)
    once = Once(parts.db)
    app.include_router(facts.router(parts, access, once), prefix=VERSION, responses={**REFUSALS, **OF_WRITES})
    app.include_router(desk.router(parts, access, once), prefix=VERSION, responses={**REFUSALS, **OF_THE_DESK})
    for routes in (desk_queue.router(parts, access), admin.router(parts, access)):
        app.include_router(routes, prefix=VERSION, responses=REFUSALS)
    app.include_router(events.router(parts, events_have_work), prefix=VERSION, responses=OF_EVENTS)
    webhooks_document.add_webhooks(app.webhooks)
    _add_documents(app, access)
    _add_refusals(app)
    return app


def _add_documents(app: FastAPI, access: Access) -> None:
    @app.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        await access.require_open()
        return JSONResponse(_with_problems(app.openapi()))

    @app.get(PATH + "{kind}", include_in_schema=False)
    async def what(kind: str) -> Response:
        if kind not in KINDS:
            raise Problem("not-found", f"there is no kind of problem {kind[:64]!r}")
        known = KINDS[kind]
        return JSONResponse({"type": PATH + kind, "title": known.title, "status": known.status, "how": known.how})


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI says that refusals are `application/json`; they are problem documents."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if status[0] in "45" and "application/json" in content:
                    content[MEDIA_TYPE] = content.pop("application/json")
    return document


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
    return getattr(request.scope.get("route"), "path_format", "")
