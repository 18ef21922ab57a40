"""A request on its way to Telegram: it arrives as Telegram expects it, and failures are sorted into those after which
it may be sent again and those after which it may have arrived. No text has the token in it."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import Bot, InputFile, InputMediaPhoto
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channels.rate_limiter import flood_wait_s
from bot.channels.telegram_transport import AiohttpRequest, MaybeSent, MaybeSentTimedOut, NotSent, leaving

TOKEN = "123456789:AAFq-this_is_the_secret_part_of_it"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def ok(result: object = True) -> web.Response:
    return web.json_response({"ok": True, "result": result})


@dataclass
class Api:
    """A server that answers every call as the test says, and remembers the calls and their connections."""

    server: TestServer
    answer: Handler
    forms: list[dict[str, object]] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.connections.add(request.transport.get_extra_info("peername"))
        form = await request.post()
        self.forms.append({k: v.file.read() if isinstance(v, web.FileField) else v for k, v in form.items()})
        self.arrived.set()
        return await self.answer(request)

    @property
    def url(self) -> str:
        return str(self.server.make_url(f"/bot{TOKEN}/sendMessage"))


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async def answer(_request: web.Request) -> web.Response:
        return ok()

    app = web.Application()
    api = Api(TestServer(app), answer)
    app.router.add_route("*", "/{anything:.*}", api.handle)
    await api.server.start_server(access_log=None)
    yield api
    await api.server.close()


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest(read_timeout=5, grace_s=0.2) as transport:
        yield transport


def bot_on(api: Api, transport: AiohttpRequest) -> Bot:
    base = str(api.server.make_url("/bot"))
    return Bot(TOKEN, base_url=base, request=transport, get_updates_request=AiohttpRequest())


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers)

    return answer


async def dropping(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return ok()


async def never(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def failure(transport: AiohttpRequest, url: str, **timeouts: float) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await transport.post(url, **timeouts)
    return caught.value


async def test_parameters_arrive_as_a_form(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(200, {"ok": True, "result": []})
    await bot_on(api, transport).get_chat_administrators("@wallet", api_kwargs={"list": [1, "二"], "yes": True})
    assert api.forms == [{"chat_id": "@wallet", "list": '[1, "\\u4e8c"]', "yes": "true"}]


async def test_a_file_arrives_with_its_parameters(api: Api, transport: AiohttpRequest) -> None:
    await bot_on(api, transport).set_chat_photo(7, InputFile(b"picture", filename="圖.png"))
    assert api.forms == [{"chat_id": "7", "photo": b"picture"}]


async def test_an_attached_file_arrives_under_the_name_that_points_to_it(api: Api, transport: AiohttpRequest) -> None:
    await bot_on(api, transport).edit_message_media(InputMediaPhoto(b"picture"), inline_message_id="m")
    media = json.loads(str(api.forms[0]["media"]))
    assert api.forms[0][media["media"].removeprefix("attach://")] == b"picture"


async def test_half_an_emoji_does_not_stop_a_message(api: Api, transport: AiohttpRequest) -> None:
    await bot_on(api, transport).set_chat_title(7, "ok \ud83d")
    assert api.forms == [{"chat_id": "7", "title": "ok ?"}]


async def test_a_large_file_arrives_whole(api: Api, transport: AiohttpRequest) -> None:
    picture = bytes(900_000)
    await bot_on(api, transport).set_chat_photo(7, picture)
    assert api.forms[0]["photo"] == picture


async def test_calls_share_a_connection(api: Api, transport: AiohttpRequest) -> None:
    for _ in range(3):
        await transport.post(api.url)
    assert len(api.connections) == 1


async def test_a_file_can_be_fetched(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(200, "the file")
    assert await transport.retrieve(api.url) == b"the file"


async def test_nothing_listens_so_nothing_was_sent(transport: AiohttpRequest) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/bot{TOKEN}/getMe"
    assert type(await failure(transport, url)) is NotSent


async def test_the_moment_of_leaving_is_told(api: Api, transport: AiohttpRequest) -> None:
    seen: list[int] = []
    told = leaving.set(lambda: seen.append(len(api.forms)))
    await transport.post(api.url)
    await failure(transport, "http://127.0.0.1:1/")
    leaving.reset(told)
    assert seen == [0]


async def test_no_free_connection_in_time_so_nothing_was_sent(api: Api) -> None:
    api.answer = never
    async with AiohttpRequest(1, pool_timeout=0.05, connect_timeout=0.05, grace_s=0) as narrow:
        first = asyncio.ensure_future(narrow.post(api.url))
        await api.arrived.wait()
        assert type(await failure(narrow, api.url)) is NotSent
        first.cancel()


@pytest.mark.parametrize("url", ["http://", "not an address", f"ftp://127.0.0.1/bot{TOKEN}/getMe"])
async def test_an_address_that_is_none_sends_nothing(transport: AiohttpRequest, url: str) -> None:
    assert type(await failure(transport, url)) is NotSent


async def test_a_connection_dropped_after_the_request_leaves_it_open(api: Api, transport: AiohttpRequest) -> None:
    api.answer = dropping
    assert type(await failure(transport, api.url)) is MaybeSent


async def test_a_connection_dropped_within_the_answer_leaves_it_open(api: Api, transport: AiohttpRequest) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"ok": tr')
        return await dropping(request)

    api.answer = half
    assert type(await failure(transport, api.url)) is MaybeSent


async def test_no_answer_in_time_leaves_it_open(api: Api, transport: AiohttpRequest) -> None:
    api.answer = never
    error = await failure(transport, api.url, read_timeout=0.05)
    assert isinstance(error, MaybeSentTimedOut)
    assert isinstance(error, TimedOut)


async def test_the_next_call_after_a_drop_goes_through(api: Api, transport: AiohttpRequest) -> None:
    api.answer, working = dropping, api.answer
    await failure(transport, api.url)
    api.answer = working
    assert await transport.post(api.url) is True


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_is_neither_lost_nor_in_doubt(api: Api, transport: AiohttpRequest, status: int) -> None:
    api.answer = answering(status, {"ok": False, "error_code": status, "description": "Bad Gateway"})
    assert type(await failure(transport, api.url)) is NetworkError


async def test_a_gateways_html_page_is_a_server_error_and_is_not_shown(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(502, f"<html>no upstream for /bot{TOKEN}/sendMessage</html>")
    error = await failure(transport, api.url)
    assert type(error) is NetworkError
    assert error.message == "HTTP status 502, not from a Bot API server"


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_gateways_refusal_is_not_telegrams(api: Api, transport: AiohttpRequest, status: int) -> None:
    api.answer = answering(status, "<html>blocked by the company</html>")
    assert type(await failure(transport, api.url)) is NetworkError


async def test_a_gateway_that_gave_up_waiting_leaves_it_open(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(504, "")
    assert type(await failure(transport, api.url)) is MaybeSent


@pytest.mark.parametrize("body", ["", "<html>welcome to the hotel</html>", "[]", "{}", '"yes"'])
async def test_an_answer_that_is_none_leaves_it_open(api: Api, transport: AiohttpRequest, body: str) -> None:
    api.answer = answering(200, body)
    assert type(await failure(transport, api.url)) is MaybeSent


async def test_a_flood_wait_says_how_long(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 17}})
    error = await failure(transport, api.url)
    assert isinstance(error, RetryAfter)
    assert flood_wait_s(error) == 17


@pytest.mark.parametrize(("header", "wait_s"), [({"Retry-After": "9"}, 9), ({}, 5), ({"Retry-After": "soon"}, 5)])
async def test_a_gateways_flood_wait_counts_too(
    api: Api, transport: AiohttpRequest, header: dict[str, str], wait_s: int
) -> None:
    api.answer = answering(429, "slow down", header)
    error = await failure(transport, api.url)
    assert isinstance(error, RetryAfter)
    assert flood_wait_s(error) == wait_s


async def test_a_refusal_keeps_telegrams_words(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"})
    error = await failure(transport, api.url)
    assert isinstance(error, BadRequest)
    assert error.message == "Chat not found"


async def test_a_redirect_is_not_followed_with_the_token(api: Api, transport: AiohttpRequest) -> None:
    api.answer = answering(307, "", {"Location": "/elsewhere"})
    await failure(transport, api.url)
    assert len(api.forms) == 1


@pytest.mark.parametrize("answer", [dropping, never, answering(502, "no"), answering(504, ""), answering(200, "no")])
async def test_no_failure_tells_the_token(
    api: Api, transport: AiohttpRequest, answer: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.answer = answer
    error = await failure(transport, api.url, read_timeout=0.05)
    assert TOKEN not in "".join(traceback.format_exception(error)) + repr(error.__context__) + caplog.text


async def test_a_proxy_in_the_environment_is_ignored(
    api: Api, transport: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert await transport.post(api.url) is True


async def test_shutdown_lets_what_is_under_way_end(api: Api, transport: AiohttpRequest) -> None:
    go_on = asyncio.Event()

    async def later(_request: web.Request) -> web.Response:
        await go_on.wait()
        return ok("done")

    api.answer = later
    call = asyncio.ensure_future(transport.post(api.url))
    await api.arrived.wait()
    closing = asyncio.ensure_future(transport.shutdown())
    await asyncio.sleep(0)
    go_on.set()
    await closing
    assert await call == "done"


async def test_shutdown_does_not_wait_for_ever(api: Api, transport: AiohttpRequest) -> None:
    api.answer = never
    call = asyncio.ensure_future(transport.post(api.url))
    await api.arrived.wait()
    await transport.shutdown()
    with pytest.raises(MaybeSent):
        await call


async def test_after_shutdown_nothing_is_sent_until_it_is_opened_again(api: Api, transport: AiohttpRequest) -> None:
    await transport.shutdown()
    assert type(await failure(transport, api.url)) is NotSent
    await transport.initialize()
    assert await transport.post(api.url) is True
