"""Serves a local Telegram over HTTP: the Bot API, the files, and the page.

What a call does is in `methods`; here is only what HTTP adds: tokens, faults, the log of requests, webhooks' delivery.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.sandbox import methods
from bot.sandbox.delivery import deliver_to_webhook
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Fault
from bot.sandbox.params import Params
from bot.sandbox.web_chat import EVERYWHERE, add_page, hosts_only
from bot.setting_urls import LOOPBACK

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

_MAX_BODY_BYTES = 60_000_000
_PORTS_TRIED = 10
_SHUTDOWN_S = 2.0


@contextlib.asynccontextmanager
async def serve(telegram: LocalTelegram, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serves until the block is left; gives the base address. Port 0 takes a free one. With an address in a network as
    `host`, 127.0.0.1 is served as well, for the bot: it sends its token to this machine only."""
    runner = web.AppRunner(_app(telegram, host), access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    telegram.updates.open()
    delivery = asyncio.create_task(deliver_to_webhook(telegram))
    try:
        yield f"http://{host}:{await _listen(runner, host, port)}"
    finally:
        telegram.updates.close()
        telegram.bell.ring()
        delivery.cancel()
        await asyncio.gather(delivery, return_exceptions=True)
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    """The port. One that is free at `host` may be in use at 127.0.0.1: then another is tried, if any will do."""
    for tries_left in reversed(range(1 if port else _PORTS_TRIED)):
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken = int(runner.addresses[0][1])
        if host in EVERYWHERE | LOOPBACK:
            break
        try:
            await web.TCPSite(runner, "127.0.0.1", taken).start()
            break
        except OSError:
            await site.stop()
            if not tries_left:
                raise
    return taken


def _app(telegram: LocalTelegram, host: str) -> web.Application:
    app = web.Application(client_max_size=_MAX_BODY_BYTES, middlewares=[hosts_only(host)])
    bot_api = _BotApi(telegram)
    app.router.add_route("GET", "/bot{token}/{method}", bot_api.call)
    app.router.add_route("POST", "/bot{token}/{method}", bot_api.call)
    app.router.add_get("/file/bot{token}/{path:.+}", bot_api.download)
    add_page(app, telegram)
    return app


DOWNLOAD = "download"
"""What faults call the fetching of a file: with a delay its second half comes so much later."""


class _BotApi:
    def __init__(self, telegram: LocalTelegram) -> None:
        self._telegram = telegram

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One Bot API call, with the fault that waits for it, if any."""
        if (refused := self._wrong_token(request)) is not None:
            return refused
        method = request.match_info["method"]
        try:
            params = await Params.of(request)
        except ApiError as error:
            return web.json_response(error.answer(), status=error.code)
        fault = self._telegram.faults.take(method, params.integer("chat_id"))
        if fault is not None and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.drop == "before":
            return _cut(request)
        body = await self._answer(method, params, fault)
        self._telegram.record(method, params.logged(), body)
        if fault is not None and fault.drop == "after":
            return _cut(request)
        if fault is not None and fault.answer is not None:
            return web.Response(body=fault.answer(body), content_type="application/json")
        return _response(body)

    async def _answer(self, method: str, params: Params, fault: Fault | None) -> dict[str, Any]:
        error = fault.error() if fault is not None else None
        if error is not None:
            return error.answer()
        try:
            return {"ok": True, "result": await methods.call(self._telegram, method, params)}
        except ApiError as refused:
            return refused.answer()

    async def download(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._wrong_token(request)) is not None:
            return refused
        stored = self._telegram.files.by_path(request.match_info["path"])
        if stored is None:
            return _response(ApiError(404, "Not Found").answer())
        fault = self._telegram.faults.take(DOWNLOAD, None)
        if fault is None:
            return web.Response(body=stored.content, content_type="application/octet-stream")
        if fault.drop == "before":
            return _cut(request)
        coming = web.StreamResponse(headers={"Content-Length": str(len(stored.content))})
        await coming.prepare(request)
        half = len(stored.content) // 2
        await coming.write(stored.content[:half])
        await asyncio.sleep(fault.delay_s)
        if fault.drop == "after":
            return _cut(request)
        await coming.write(stored.content[half:])
        return coming

    def _wrong_token(self, request: web.Request) -> web.Response | None:
        token = request.match_info["token"]
        if token == self._telegram.token:
            return None
        known = ":" in token
        return _response((ApiError(401, "Unauthorized") if known else ApiError(404, "Not Found")).answer())


def _response(body: dict[str, Any]) -> web.Response:
    response = web.json_response(body, status=body.get("error_code", 200))
    if "retry_after" in body.get("parameters", {}):
        response.headers["Retry-After"] = str(body["parameters"]["retry_after"])
    return response


def _cut(request: web.Request) -> web.Response:
    """Breaks the connection, as a network does: nothing of an answer arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)
