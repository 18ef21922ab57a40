"""SMS and push go to a real HTTP server, by duebot's POST or by Apprise. The results are sorted into those that allow
another attempt and those that do not, and no address or credential is in any text."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
import socket
import threading
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels import NOT_LEFT, Accepted, Channel, Envelope, Refused
from bot.channels.gateway import GatewayChannel
from bot.channels.gateway_apprise import addressed
from bot.message import Message

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PHONE = "+886912345678"
MIB = 2**20
BOMB = gzip.compress(b" " * (64 * MIB), 1)


def answering(status: int, body: object = "", headers: dict[str, str] | None = None) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers)

    return answer


async def dropping(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def breaking_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"id": "sm')
    assert request.transport is not None
    request.transport.close()
    return response


async def never(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


@dataclass
class Service:
    """A gateway that answers every request as the test says, and remembers what came."""

    server: TestServer
    answer: Handler = answering(200, {"id": "sm-1"})
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        self.paths.append(request.raw_path)
        return await self.answer(request)

    def url(self, scheme: str = "http", credentials: str = "", path: str = "/send?key=hush") -> str:
        return f"{scheme}://{credentials}127.0.0.1:{self.server.port}{path}"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    app = web.Application()
    service = Service(TestServer(app))
    app.router.add_route("*", "/{anything:.*}", service.handle)
    await service.server.start_server(access_log=None, shutdown_timeout=0.1)
    yield service
    await service.server.close()


def sms(service: Service, **url: str) -> GatewayChannel:
    return GatewayChannel("sms", service.url(**url), timeout_s=5)


async def test_a_message_arrives_as_json(service: Service) -> None:
    notice = Envelope(Message("<b>您好</b>"), "Hi", reference="notice-7", language="zh-Hant", customer_id="C1")
    assert await sms(service).send_notice(PHONE, notice) == Accepted("sm-1")
    assert service.bodies == [
        {"to": PHONE, "text": "您好", "reference": "notice-7", "language": "zh-Hant", "customer_id": "C1"}
    ]
    assert service.paths == ["/send?key=hush"]


async def test_a_second_attempt_can_be_told_by_its_reference(service: Service, notice: Envelope) -> None:
    await sms(service).send_notice(PHONE, notice)
    assert service.headers[0]["Idempotency-Key"] == service.bodies[0]["reference"] == "notice-7"


async def test_a_push_has_a_title_and_its_links(service: Service, notice: Envelope) -> None:
    outcome = await GatewayChannel("push", service.url()).send_notice("C1/phone", notice)
    assert outcome == Accepted("sm-1")
    body = service.bodies[0]
    assert (body["to"], body["title"]) == ("C1/phone", "A short note from Wallet")
    assert body["text"].endswith("Pay: https://wallet.example/pay?i=1&c=2")


@pytest.mark.parametrize("body", ["OK", "", [1], {"id": None}, {"id": "x y"}, {"id": True}])
async def test_a_gateway_without_an_id_of_its_own_gets_ours(service: Service, notice: Envelope, body: object) -> None:
    service.answer = answering(202, body)
    assert await sms(service).send_notice(PHONE, notice) == Accepted("notice-7")


@pytest.mark.parametrize("body", ["<html>Sign in to this network</html>", " \n<!DOCTYPE html><p>soon</p>"])
async def test_a_web_page_is_no_answer_of_a_gateway(service: Service, notice: Envelope, body: str) -> None:
    service.answer = answering(200, body)
    outcome = await sms(service).send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (False, "in_doubt")


@pytest.mark.parametrize("body", ["[" * 60_000, "{", '{"id": {}}', '{"id": ' + "9" * 5000 + "}"])
async def test_an_answer_that_cannot_be_read_is_a_yes_by_its_status(
    service: Service, notice: Envelope, body: str
) -> None:
    service.answer = answering(200, body)
    assert await sms(service).send_notice(PHONE, notice) == Accepted("notice-7")


async def bomb(_request: web.Request) -> web.Response:
    return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65536)


@pytest.mark.parametrize("answer", [bomb, endless])
@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_no_answer_can_fill_the_memory(service: Service, notice: Envelope, scheme: str, answer: Handler) -> None:
    service.answer = answer
    channel = sms(service, scheme=scheme, path="/{to}")
    tracemalloc.start()
    try:
        outcome = await channel.send_notice(PHONE, notice)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (outcome == Accepted("notice-7")) is (scheme == "http")
    assert peak < 24 * MIB


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_nobody_is_followed_elsewhere(service: Service, notice: Envelope, scheme: str, status: int) -> None:
    service.answer = answering(status, headers={"Location": service.url(path="/elsewhere")})
    outcome = await sms(service, scheme=scheme, path="/{to}").send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert len(service.paths) == 1


async def test_an_answer_that_breaks_off_is_still_a_yes(service: Service, notice: Envelope) -> None:
    service.answer = breaking_off
    assert await sms(service).send_notice(PHONE, notice) == Accepted("notice-7")


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ("", None),
        ("t%2Foken@", "Bearer t/oken"),
        ("me:p%40ss%C3%B6@", "Basic " + base64.b64encode("me:p@ssö".encode()).decode()),
    ],
)
async def test_credentials_in_the_url_go_into_a_header(
    service: Service, notice: Envelope, credentials: str, header: str | None
) -> None:
    await sms(service, credentials=credentials).send_notice(PHONE, notice)
    assert service.headers[0].get("Authorization") == header


@pytest.mark.parametrize(
    ("status", "body", "for_good", "reason"),
    [
        (400, "", True, "rejected"),
        (400, {"error": "bad_address"}, True, "bad_address"),
        (409, {"error": "too_long"}, True, "rejected"),
        (410, "", True, "bad_address"),
        (422, "", True, "bad_address"),
        (404, {"message": "no such number"}, True, "bad_address"),
        (404, "<html>no such page</html>", False, "server_error"),
        (401, "", False, "unauthorized"),
        (403, "", False, "unauthorized"),
        (408, "", False, "timed_out"),
        (302, "", False, "server_error"),
        (500, {"error": "bad_address"}, False, "server_error"),
        (503, "", False, "server_error"),
        (504, "", False, "in_doubt"),
    ],
)
async def test_what_the_gateway_refuses_says_whether_to_try_again(
    service: Service, notice: Envelope, status: int, body: object, for_good: bool, reason: str
) -> None:
    service.answer = answering(status, body)
    outcome = await sms(service).send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason, outcome.address_lost) == (for_good, reason, reason == "bad_address")
    assert f"HTTP status {status}" in outcome.detail


@pytest.mark.parametrize(
    ("header", "wait_s"), [("17", 17), ("0", 1), ("99999999", 3600), (None, 5), ("Mon, 2 Mar 2026 04:00:00 GMT", 5)]
)
async def test_a_gateway_that_asks_to_wait_is_waited_for(
    service: Service, notice: Envelope, header: str | None, wait_s: float
) -> None:
    service.answer = answering(429, headers={"Retry-After": header} if header else None)
    outcome = await sms(service).send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason, outcome.retry_after_s) == (False, "flood", wait_s)


async def test_a_connection_that_ends_without_an_answer_leaves_it_open(service: Service, notice: Envelope) -> None:
    service.answer = dropping
    outcome = await sms(service).send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (False, "in_doubt")


async def test_a_gateway_that_says_nothing_is_waited_for_a_while_only(service: Service, notice: Envelope) -> None:
    service.answer = never
    outcome = await GatewayChannel("sms", service.url(), timeout_s=0.3).send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (False, "in_doubt")


async def test_a_gateway_that_is_not_there_has_taken_nothing(notice: Envelope) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://hush@127.0.0.1:{nobody.getsockname()[1]}/hush"
        outcome = await GatewayChannel("sms", url).send_notice(PHONE, notice)
    assert outcome == Refused(False, "network", detail="cannot reach the gateway (ClientConnectorError)")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "no_address"),
        (" \n", "no_address"),
        ("0912345678", "bad_address"),
        ("+88612", "bad_address"),
        ("+8869123456789012345", "bad_address"),
        ("anna", "bad_address"),
    ],
)
async def test_what_is_no_number_is_not_even_tried(
    service: Service, notice: Envelope, address: str, reason: str
) -> None:
    assert (await sms(service).send_notice(address, notice), service.bodies) == (Refused(True, reason), [])


async def test_a_number_is_sent_in_one_way_however_it_was_written(service: Service, notice: Envelope) -> None:
    await sms(service).send_notice(" +886 912-345-678 ", notice)
    assert service.bodies[0]["to"] == PHONE


@pytest.mark.parametrize(
    ("address", "reason"), [(" ", "no_address"), ("a\nb", "bad_address"), ("x" * 513, "bad_address")]
)
async def test_what_is_no_token_is_not_even_tried(
    service: Service, notice: Envelope, address: str, reason: str
) -> None:
    outcome = await GatewayChannel("push", service.url()).send_notice(address, notice)
    assert (outcome, service.bodies) == (Refused(True, reason), [])


async def test_the_channel_answers_like_any_other(service: Service) -> None:
    any_channel: Channel = sms(service)
    assert any_channel.name == "sms"
    assert await any_channel.deliver(PHONE, Message("Your payment has come in.")) == Accepted("sm-1")


async def test_half_a_character_does_not_stop_a_message(service: Service, notice: Envelope) -> None:
    await sms(service).send_notice(PHONE, replace(notice, message=Message("a\ud83d b")))
    assert service.bodies[0]["text"] == "a? b"


@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_what_may_not_leave_any_more_does_not(service: Service, notice: Envelope, scheme: str) -> None:
    async def no() -> bool:
        return False

    held_back = replace(notice, may_leave=no)
    assert await sms(service, scheme=scheme, path="/send/{to}").send_notice(PHONE, held_back) == NOT_LEFT
    assert service.paths == []


async def test_apprise_sends_to_the_address_in_its_url(service: Service, notice: Envelope) -> None:
    outcome = await sms(service, scheme="json", path="/send/{to}").send_notice(PHONE, notice)
    assert outcome == Accepted("notice-7")
    assert service.paths[0] in ("/send/+886912345678", "/send/%2B886912345678")
    assert (service.bodies[0]["title"], service.bodies[0]["message"].splitlines()[0]) == (
        "",
        "A short note from Wallet",
    )


async def test_a_push_by_apprise_has_a_title(service: Service, notice: Envelope) -> None:
    channel = GatewayChannel("push", service.url(scheme="json", path="/send/"))
    assert await channel.send_notice("C1", notice) == Accepted("notice-7")
    assert (service.paths, service.bodies[0]["title"]) == (["/send/C1"], "A short note from Wallet")


async def test_apprises_no_is_tried_again(service: Service, notice: Envelope) -> None:
    service.answer = answering(400)
    outcome = await sms(service, scheme="json", path="/{to}").send_notice(PHONE, notice)
    assert outcome == Refused(False, "rejected", detail="Apprise says no")


async def test_a_service_of_apprises_that_says_nothing_is_waited_for_a_while_only(
    service: Service, notice: Envelope
) -> None:
    service.answer = never
    channel = GatewayChannel("sms", service.url(scheme="json", path="/{to}?rto=0.6"), timeout_s=0.2)
    outcome = await channel.send_notice(PHONE, notice)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (False, "in_doubt")


async def test_where_no_thread_is_left_apprise_is_tried_again(
    service: Service, notice: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    channel = sms(service, scheme="json", path="/send/{to}")
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", no_more)
        outcome = await channel.send_notice(PHONE, notice)
    assert outcome == Refused(False, "network", detail="this machine has no thread left to send in")
    assert await channel.send_notice(PHONE, notice) == Accepted("notice-7")


async def test_a_service_of_apprises_that_hangs_keeps_no_thread_of_the_program(
    service: Service, notice: Envelope
) -> None:
    service.answer = never
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    channel = GatewayChannel("sms", service.url(scheme="json", path="/{to}?rto=30"), timeout_s=30)
    hanging = [asyncio.create_task(channel.send_notice(PHONE, notice)) for _ in range(3)]
    while len(service.paths) < len(hanging):  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.01)
    assert await asyncio.wait_for(loop.run_in_executor(None, lambda: "still free"), 10) == "still free"
    for task in hanging:
        task.cancel()


@pytest.mark.parametrize(
    ("url", "to", "whole"),
    [
        ("twilio://a:b@1/{to}", "+1?x=/@", "twilio://a:b@1/%2B1%3Fx%3D%2F%40"),
        ("mailto://a:b@x.example?to={to}", "a@b", "mailto://a:b@x.example?to=a%40b"),
        ("pover://user@token", "phone", "pover://user@token/phone"),
        ("ntfys://host/?priority=low", "C1", "ntfys://host/C1?priority=low"),
    ],
)
def test_an_address_is_only_ever_an_address(url: str, to: str, whole: str) -> None:
    assert addressed(url, to) == whole


@pytest.mark.parametrize("scheme", ["http", "json"])
@pytest.mark.parametrize("status", [200, 400])
async def test_nothing_in_the_logs_tells_who_was_written_to_or_by_which_url(
    service: Service, notice: Envelope, caplog: pytest.LogCaptureFixture, scheme: str, status: int
) -> None:
    service.answer = answering(status)
    with caplog.at_level(logging.DEBUG):
        await sms(service, scheme=scheme, path="/hush/{to}").send_notice(PHONE, notice)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "hush" not in said
    assert "912345678" not in said
