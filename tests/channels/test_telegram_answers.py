"""A message that Telegram accepted counts as accepted, even if the answer is unusual: unneeded fields are ignored, and
no answer can fill the memory. After an answer without information the result is unknown."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from telegram import ForumTopic, MessageId, User, WebhookInfo
from telegram import Message as Sent

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram import Forum, TelegramChannel, WalletBot, build_bot, copy
from bot.channels.telegram_answers import Unreadable, needed
from bot.channels.telegram_calls import AlbumPart, send_album
from bot.channels.telegram_checks import AgentGroup, TelegramChecks, Webhook
from bot.channels.telegram_intake import fetch
from bot.channels.telegram_transport import ANSWER_BYTES
from bot.message import Message

HELLO = Message("Due <b>today</b>")
TOKEN = "123456:TEST-token"
GROUP = -1001234567890
MIB = 2**20


@dataclass
class Api:
    """A server that gives every call the same answer."""

    body: bytes = b""
    status: int = 200
    coding: str = ""
    endless: bytes = b""
    sent_bytes: int = 0
    calls: int = 0
    result_of: Callable[[Any], object] | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        self.calls += 1
        if self.result_of is not None:
            self.says(self.result_of(form))
        headers = {"Content-Encoding": self.coding} if self.coding else {}
        if not self.endless:
            return web.Response(body=self.body, status=self.status, headers=headers)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        while True:
            await response.write(self.endless)
            self.sent_bytes += len(self.endless)

    def says(self, result: object) -> None:
        self.body = json.dumps({"ok": True, "result": result}).encode()

    def refuses(self, **answer: object) -> None:
        self.body = json.dumps({"ok": False, **answer}).encode()


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
async def bot(api: Api) -> AsyncIterator[WalletBot]:
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    async with TestServer(app) as server:
        api.says({"id": 123456, "is_bot": True, "first_name": "Wallet", "username": "wallet_bot"})
        limiter = RateLimiter(per_second=1000, per_chat_s=0.0001, per_group_minute=100_000)
        async with build_bot(TOKEN, str(server.make_url("/")), limiter) as bot:
            api.calls = 0
            yield bot


async def deliver(bot: WalletBot) -> Outcome:
    return await TelegramChannel(bot).deliver("7", HELLO)


READABLE = [
    {"message_id": 9},
    {"message_id": 9, "date": 2**41, "chat": {"id": 7, "type": "private"}},
    {"message_id": 9, "date": "yesterday", "chat": {"id": 7}},
    {"message_id": 9, "date": 1, "chat": {"id": 7, "type": "planet"}, "poll": {}, "entities": 5, "text": "\ud800"},
    {"message_id": "9", "date": None, "chat": None, "from": []},
]
UNREADABLE = [True, None, [], {}, {"message_id": None}, {"message_id": -1}, {"message_id": 2**80}, "9", 9]


@pytest.mark.parametrize("result", READABLE)
async def test_what_was_sent_is_accepted_whatever_else_is_in_the_answer(
    api: Api, bot: WalletBot, result: object
) -> None:
    api.says(result)
    assert await deliver(bot) == Accepted("9")
    assert await copy(bot, from_chat_id=7, message_id=3, to_chat_id=8, priority=Priority.INTERACTIVE) == Accepted("9")


@pytest.mark.parametrize("result", UNREADABLE)
async def test_what_was_sent_is_accepted_where_its_number_cannot_be_read(
    api: Api, bot: WalletBot, result: object
) -> None:
    api.says(result)
    assert await deliver(bot) == Accepted("")


async def test_what_was_sent_is_accepted_without_any_result(api: Api, bot: WalletBot) -> None:
    api.body = b'{"ok": true}'
    assert await deliver(bot) == Accepted("")


@pytest.mark.parametrize(
    ("result", "reference"),
    [([READABLE[0], READABLE[1]], "9,9"), ([READABLE[0], {}], "9,"), ([], ""), (True, ""), ([1, 2, 3], ",,")],
)
async def test_an_album_that_was_sent_is_accepted(api: Api, bot: WalletBot, result: object, reference: str) -> None:
    api.says(result)
    parts = [AlbumPart("photo", "a"), AlbumPart("photo", "b")]
    assert await send_album(bot, 7, parts, priority=Priority.INTERACTIVE) == Accepted(reference)


@pytest.mark.parametrize("result", [True, {}, {"message_id": 9, "date": 2**41}, None])
async def test_an_edit_that_was_made_is_accepted(api: Api, bot: WalletBot, result: object) -> None:
    api.says(result)
    assert await Forum(bot, GROUP).edit(9, HELLO) == Accepted("9")


async def test_a_topic_has_its_number_without_name_and_colour(api: Api, bot: WalletBot) -> None:
    api.says({"message_thread_id": 55})
    assert await Forum(bot, GROUP).open_topic("Case") == Accepted("55")


async def test_a_topic_without_a_number_cannot_be_used(api: Api, bot: WalletBot) -> None:
    api.says({"name": "Case"})
    outcome = await Forum(bot, GROUP).open_topic("Case")
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (False, "unreadable")


MEMBER = {"status": "administrator", "can_manage_topics": True}


@pytest.mark.parametrize(
    ("result", "group"),
    [
        ({**MEMBER, "title": "Agents", "is_forum": True}, AgentGroup("Agents", True, True, True, False)),
        ({"status": "creator"}, AgentGroup("", False, True, True, True)),
        ({"status": "guest"}, AgentGroup("", False, False, False, False)),
        ([], AgentGroup("", False, False, False, False)),
    ],
)
async def test_the_group_is_looked_at_whatever_is_missing(
    api: Api, bot: WalletBot, result: object, group: AgentGroup
) -> None:
    api.says(result)
    assert await TelegramChecks(bot).group(GROUP) == group


async def test_the_webhook_is_looked_at_whatever_is_missing(api: Api, bot: WalletBot) -> None:
    api.says({"url": "", "last_error_date": 2**41})
    assert await TelegramChecks(bot).webhook() == Webhook("", "", 0, None, "")


# What a server refuses in an odd way.


@pytest.mark.parametrize(
    ("answer", "for_good", "reason"),
    [
        ({"error_code": 403, "description": "Forbidden: bot was blocked by the user"}, True, "blocked"),
        ({"error_code": 400, "description": "Bad Request: chat not found"}, True, "chat_not_found"),
        ({"error_code": "403", "description": 7}, True, "forbidden"),
        ({"error_code": 429, "parameters": {"retry_after": "35"}}, False, "flood"),
        ({"error_code": 429, "parameters": {"retry_after": "soon"}}, False, "flood"),
        ({"error_code": 429, "parameters": []}, False, "flood"),
        ({"error_code": 400, "parameters": {"migrate_to_chat_id": "there"}}, True, "bad_request"),
        ({"error_code": 5}, False, "server_error"),
        ({}, False, "server_error"),
    ],
)
async def test_a_refusal_is_one_whatever_its_form(
    api: Api, bot: WalletBot, answer: dict[str, object], for_good: bool, reason: str
) -> None:
    api.refuses(**answer)
    outcome = await deliver(bot)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (for_good, reason)


async def test_nobody_is_waited_for_longer_than_a_day(api: Api, bot: WalletBot) -> None:
    api.refuses(error_code=429, parameters={"retry_after": 10**12})
    outcome = await deliver(bot)
    assert isinstance(outcome, Refused)
    assert outcome.retry_after_s == 24 * 3600


# Answers that say nothing.


@pytest.mark.parametrize(
    "body", [b"", b"<html>We are back soon</html>", b"[]", b'{"result', b"[" * 100_000, b"\xff\xfe"]
)
async def test_an_answer_that_is_none_leaves_it_in_doubt(api: Api, bot: WalletBot, body: bytes) -> None:
    api.body = body
    outcome = await deliver(bot)
    assert isinstance(outcome, Refused)
    assert (outcome.for_good, outcome.reason) == (False, "in_doubt")
    assert "html" not in outcome.detail


async def test_a_packed_answer_is_read(api: Api, bot: WalletBot) -> None:
    api.says({"message_id": 9})
    api.body, api.coding = gzip.compress(api.body), "gzip"
    assert await deliver(bot) == Accepted("9")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_an_answer_that_cannot_be_unpacked_leaves_it_in_doubt(api: Api, bot: WalletBot, coding: str) -> None:
    api.body, api.coding = b"\x00not packed", coding
    outcome = await deliver(bot)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "in_doubt"


@pytest.mark.parametrize("status", [200, 502])
async def test_a_bomb_is_not_unpacked(api: Api, bot: WalletBot, status: int) -> None:
    api.body, api.coding, api.status = gzip.compress(b" " * (64 * MIB)), "gzip", status
    tracemalloc.start()
    try:
        outcome = await deliver(bot)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, Refused)
    assert outcome.reason == ("in_doubt" if status == 200 else "server_error")
    assert peak < 8 * MIB


async def test_an_answer_without_an_end_is_left(api: Api, bot: WalletBot) -> None:
    api.endless = b" " * 65536
    outcome = await asyncio.wait_for(deliver(bot), 10)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "in_doubt"
    assert api.sent_bytes < 16 * ANSWER_BYTES  # what the system had room for on the way


async def test_updates_that_are_too_long_together_come_a_few_at_a_time(
    api: Api, bot: WalletBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = {"update_id": 7, "message": {"text": "x" * 4096}}
    monkeypatch.setattr(api, "result_of", lambda form: [update] * int(form.get("limit", 100)))
    monkeypatch.setattr(bot._request[0], "_answer_bytes", 10 * 4096)
    assert await fetch(bot, None, 0, ["message"]) == [update] * 5


# Whatever JSON is answered.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message_id", "date", "chat", "id", "type", "username", "message_thread_id", "url", "name"]
            )
            | st.sampled_from(["last_error_date", "pending_update_count", "first_name", "is_bot"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
PARSERS: dict[str, Callable[[Any], Any]] = {
    "sendMessage": Sent.de_json,
    "copyMessage": MessageId.de_json,
    "sendMediaGroup": Sent.de_list,
    "createForumTopic": ForumTopic.de_json,
    "getMe": User.de_json,
    "getWebhookInfo": WebhookInfo.de_json,
}


@given(st.sampled_from(list(PARSERS)), JSON)
def test_whatever_is_answered_the_library_can_read_what_is_left_of_it(endpoint: str, result: object) -> None:
    try:
        read = needed(endpoint, result)
    except Unreadable:
        return
    PARSERS[endpoint](read)
