"""The console as one application: its routes, its headers, and a plain page for every refusal."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import NO_TELEMETRY, add_routes
from bot.web.console import (
    agents,
    case_forms,
    cases,
    dead_addresses,
    figures,
    files,
    imports,
    lists,
    live,
    operation,
    passkeys,
    policy,
    sign_in,
)
from bot.web.console.access import Access, Refused, chosen_language
from bot.web.console.rendering import page, static_files
from bot.work.operations.console_access import PATH as PATH
from bot.work.operations.monitoring import Watch
from bot.work.runtime.parts import Parts
from locales import translator
from storage.runtime.write_retry import outage

log = structlog.get_logger()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # `no-referrer` would take the origin from forms, too
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
STATUS = {
    "out": 401,
    "used": 410,
    "forged": 403,
    "supervisors": 403,
    "auditors": 403,
    "passkey_over": 410,
    "passkey_forged": 403,
    "passkey_unknown": 403,
    "passkey_copied": 403,
    "no_case": 404,
    "no_page": 404,
    "no_file": 404,
    "large_file": 413,
    "no_telegram": 503,
    "no_view": 400,
    "wrong_form": 400,
    "too_many": 429,
    "broken": 500,
    "away": 503,
    "slow": 503,
}


def build(parts: Parts, watch: Watch) -> ASGIApp:
    access = Access(parts)
    app = FastAPI(title="duebot", docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    # `files` before `case_forms`, whose address has a word in it that would also be theirs.
    pages = (sign_in, passkeys, lists, agents, cases, files, case_forms, dead_addresses, figures, imports, live, policy)
    for each in pages:
        add_routes(app, each.router(parts, access))
    add_routes(app, operation.router(parts, access, watch))
    _add_files(app)
    _add_refusals(app, parts)
    return _Outermost(app)


def _add_files(app: FastAPI) -> None:
    @app.get(PATH + "/static/{name}")
    async def static(name: str) -> Response:
        file = static_files().get(name)
        if file is None:
            raise Refused("no_page")
        return Response(file.content, headers=FOR_EVER, media_type=file.media_type)


def _add_refusals(app: FastAPI, parts: Parts) -> None:
    def refused(request: Request, why: str, back: str = "") -> Response:
        t = translator(chosen_language(request))
        back = passkeys.way_back(back or _page_of(request, parts.web_address))
        about = {"brand": parts.settings.brand, "passkeys_at": passkeys.passkeys_at(parts), "back": back}
        about["again"] = request.url.path
        return page(t, "refused.html", {"why": why, **about}, STATUS[why])

    @app.exception_handler(Refused)
    async def known(request: Request, error: Refused) -> Response:
        return refused(request, error.why, error.back)

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, _: RequestValidationError) -> Response:
        return refused(request, "no_page")

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        return refused(request, "no_page" if error.status_code in (404, 405) else "wrong_form")

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        if outage.noticed(error):
            return refused(request, "away")
        log.error("a page of the console failed", route=_route(request), exc_info=error)
        return refused(request, "broken")


def _page_of(request: Request, here: str) -> str:
    """The page that somebody looked at: the one they asked for, or that of the form they sent."""
    if request.method != "GET":
        return request.headers.get("referer", "").removeprefix(here)
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


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
                there = {name for name, _ in message["headers"]}
                more = ((n.lower().encode(), v.encode()) for n, v in HEADERS.items())
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in there)]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            if not begun:
                raise


def _route(request: Request) -> str:
    """The address in the console without what it names: it is for the log, which knows no persons."""
    return str(getattr(request.scope.get("route"), "path", "")).removeprefix(PATH)
