"""The limits of the HTTP side, over real sockets: size, time, number, and invalid requests."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from bot.clock import ManualClock
from bot.settings import Settings
from bot.web import connection_acceptor, connections, limits
from bot.web.limits import Connections, connections_for, who
from bot.web.requests import Bounded
from bot.web.server import HttpSide
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts
from storage.runtime.engine import Database
from storage.schema import updates
from tests.work.lives import POLICY, rows

pytestmark = pytest.mark.postgresql_one_in(6)

SECRET = "kT3vQ9xLm2Zp7RbW5yHd8NcJ_-f4"
WEBHOOK = "/telegram/webhook"
KNOWN = f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
PATIENCE_S = 60  # with a busy machine
EVERY_ROUTE = ("/healthz", "/readyz", "/metrics", "/unsubscribe/x", WEBHOOK, "/nothing")


@dataclass
class Caller:
    """Speaks to the HTTP side as anybody may: by bytes."""

    port: int
    open: list[asyncio.StreamWriter] = field(default_factory=list)

    async def call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.open.append(writer)
        return reader, writer

    async def says(self, raw: bytes) -> int:
        """The status that is answered to these bytes."""
        reader, writer = await self.call()
        writer.write(raw)
        return await status(reader)

    async def posts(self, body: bytes, headers: str = KNOWN, path: str = WEBHOOK) -> int:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        return await self.says(head.encode() + body)


async def status(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(PATIENCE_S):
        line = await reader.readline()
    return int(line.split()[1]) if line else 0


async def closed(reader: asyncio.StreamReader) -> None:
    """Waits until the other side has closed the connection."""
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""


@pytest.fixture
async def caller(sqlite_db: Database, clock: ManualClock) -> AsyncIterator[Caller]:
    async with serving(sqlite_db, clock) as made:
        yield made


@pytest.fixture
async def any_caller(db: Database, clock: ManualClock) -> AsyncIterator[Caller]:
    async with serving(db, clock) as made:
        yield made


@asynccontextmanager
async def serving(db: Database, clock: ManualClock) -> AsyncIterator[Caller]:
    settings = Settings(
        listen="127.0.0.1:0",
        public_url="https://bot.example",
        webhook_secret=SecretStr(SECRET),
        _env_file=None,  # type: ignore[call-arg]
    )
    side = HttpSide(Parts(settings, clock, db, PoliciesInForce(POLICY, clock.now())))
    await side.start()
    made = Caller(int(side.address.rpartition(":")[2]))
    try:
        yield made
    finally:
        for writer in made.open:
            writer.close()
        await side.stop()


def an_update(number: int = 1) -> bytes:
    chat = {"id": 7, "type": "private"}
    return json.dumps({"update_id": number, "message": {"message_id": 1, "chat": chat, "from": {"id": 7}}}).encode()


# --- Who asks, before what is asked ----------------------------------------------------------------------------------


async def test_an_update_with_the_secret_is_written_down(caller: Caller, sqlite_db: Database) -> None:
    assert await caller.posts(an_update()) == 200
    assert [row.update_id for row in await rows(sqlite_db, updates)] == [1]


@pytest.mark.parametrize("secret", ["", "X-Telegram-Bot-Api-Secret-Token: wrong\r\n"])
@pytest.mark.parametrize("length", ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"])
async def test_without_the_secret_no_body_is_waited_for(caller: Caller, secret: str, length: str) -> None:
    assert await caller.says(f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{secret}{length}\r\n".encode()) == 403


async def test_who_goes_on_sending_after_a_refusal_is_cut_off(caller: Caller) -> None:
    reader, writer = await caller.call()
    writer.write(f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    assert await status(reader) == 403
    with pytest.raises(ConnectionError):
        for _ in range(1000):
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()


# --- How much --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERY_ROUTE)
async def test_no_route_takes_a_long_body(caller: Caller, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{KNOWN}Content-Length: {limits.MOST_BODY_BYTES + 1}\r\n\r\n"
    assert await caller.says(head.encode()) == 413


async def test_a_body_of_no_told_length_is_counted_as_it_comes(caller: Caller) -> None:
    reader, writer = await caller.call()
    writer.write(f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Transfer-Encoding: chunked\r\n\r\n".encode())
    for _ in range(17):
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    assert await status(reader) == 413


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1, 2", "٣"])
async def test_a_length_that_is_none_is_refused(caller: Caller, length: str) -> None:
    raw = f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Content-Length: {length}\r\n\r\n".encode()
    assert await caller.says(raw) in (400, 413)


async def test_headers_are_bounded_in_number_and_in_size(caller: Caller) -> None:
    many = "".join(f"x{n}: 1\r\n" for n in range(200))
    assert await caller.says(f"GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n".encode()) == 431
    assert await caller.says(b"GET /healthz HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 20_000) == 400
    assert await caller.says(b"GET /healthz HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 20_000 + b"\r\n\r\n") == 400
    assert await caller.says(b"GET /healthz?" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") == 400
    reader, writer = await caller.call()
    writer.write(b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"content-type: application/problem+json" in await reader.read()


# --- What is no update -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"update_id":1,"message":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        b"\xff\xfe{\x00",
        b"\xef\xbb\xbf{}",
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"update_id":1e999}',
        b'{"update_id":NaN}',
        b'{"update_id":true}',
        b'{"update_id":' + b"9" * 30 + b"}",
        b'{"update_id":' + b"9" * 5000 + b"}",
    ],
    ids=range(13),
)
async def test_what_is_no_update_is_refused_and_nothing_ends(
    caller: Caller, sqlite_db: Database, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert await caller.posts(body) == 400
    assert not caplog.records
    assert await caller.posts(an_update(2)) == 200
    assert [row.update_id for row in await rows(sqlite_db, updates)] == [2]


@pytest.mark.parametrize(
    "strange",
    [
        *("[]", "7", '"x"', '{"chat":null}', '{"chat":{"id":"\\u0000"},"from":{"id":1}}', '{"text":"a\\u0000b"}'),
        *('{"chat":{"id":"\\ud800"}}', '{"chat":{"id":1},"from":{"id":1},"text":"\\udc00"}', '{"chat":{"id":1e999}}'),
    ],
)
async def test_an_update_of_strange_contents_ends_nothing(
    any_caller: Caller, strange: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it is refused or put aside later is not settled here."""
    with caplog.at_level(logging.ERROR):
        assert await any_caller.posts(b'{"update_id":1,"message":%s}' % strange.encode()) in (200, 400)
    assert not caplog.records
    assert await any_caller.posts(an_update(2)) == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz\r\n\r\n",
        f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Transfer-Encoding: chunked\r\n\r\nnot a length\r\n".encode(),
        f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n".encode(),
        f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Content-Length: 2\r\n\r\n{{}}and more than was told".encode(),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
    ids=range(6),
)
async def test_what_is_out_of_step_says_nothing_in_the_log(
    caller: Caller, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reader, writer = await caller.call()
        writer.write(raw)
        assert await status(reader) in (200, 400, 403)
        writer.write(raw)
        writer.close()
        assert await caller.posts(an_update()) == 200
    assert not [record.getMessage() for record in caplog.records]


# --- How long, and how many ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /healthz HT",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Content-Length: 100\r\n\r\n{{".encode(),
    ],
    ids=["nothing", "half a line", "half the headers", "half the body"],
)
async def test_what_never_comes_to_an_end_is_ended(
    caller: Caller, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in ("idle", "headers", "body"):
        monkeypatch.setitem(connections.PATIENCE_S, stage, 0.05)
    reader, writer = await caller.call()
    writer.write(begun)
    async with asyncio.timeout(PATIENCE_S):
        await closed(reader)


async def test_a_drop_now_and_then_does_not_keep_a_connection(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.PATIENCE_S, "headers", 0.3)
    _, writer = await caller.call()
    writer.write(b"GET /healthz HTTP/1.1\r\n")
    with pytest.raises(ConnectionError):
        for n in range(500):
            writer.write(f"x{n}: y\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.02)


async def test_who_says_nothing_gives_their_place_to_who_asks(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "connections_for", lambda files: Connections(4, 4))
    monkeypatch.setattr(connection_acceptor, "GRACE_S", 0.0)
    async with serving(sqlite_db, clock) as caller:
        for _ in range(40):
            await caller.call()
        assert await caller.posts(an_update()) == 200
        assert await caller.posts(an_update(2)) == 200


async def test_an_address_has_its_share_only(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "connections_for", lambda files: Connections(100, 3))
    monkeypatch.setattr(connection_acceptor, "who", lambda host: host)
    monkeypatch.setattr(connection_acceptor, "GRACE_S", 60.0)
    async with serving(sqlite_db, clock) as caller:
        ends = [asyncio.create_task(closed(reader)) for reader, _ in [await caller.call() for _ in range(12)]]
        async with asyncio.timeout(PATIENCE_S):
            for end in itertools.islice(asyncio.as_completed(ends), 9):
                await end
        assert sum(end.done() for end in ends) == 9  # and three stay
        for end in ends:
            end.cancel()


def test_whose_connection_it_is() -> None:
    assert who("127.0.0.1") is None
    assert who("::1") is None
    assert who("::ffff:127.0.0.1") is None
    assert who("::ffff:192.0.2.7") == who("192.0.2.7") == "192.0.2.7"
    assert who("2001:db8::1") == who("2001:db8::2:3:4:5") == "2001:db8::/64"
    assert who("fe80::1%eth0") == "fe80::/64"


@pytest.mark.parametrize(
    ("files", "in_all", "per_address"), [(20, 5, 2), (64, 16, 8), (256, 64, 32), (1024, 512, 128), (8192, 512, 128)]
)
def test_most_files_are_kept_for_the_database_and_telegram(files: int, in_all: int, per_address: int) -> None:
    assert connections_for(files) == Connections(in_all, per_address)


async def test_a_database_that_keeps_telegram_waiting_is_said_so_and_the_update_comes_again(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ANSWER_WITHIN_S", 0.2)
    other = sqlite3.connect(str(sqlite_db.url.database), isolation_level=None)
    async with serving(sqlite_db, clock) as caller:
        other.execute("BEGIN IMMEDIATE")
        assert [await caller.posts(an_update()) for _ in range(3)] == [503] * 3
        other.execute("ROLLBACK")
        other.close()
        monkeypatch.setattr(limits, "ANSWER_WITHIN_S", PATIENCE_S)
        assert await caller.posts(an_update()) == 200
    assert [row.update_id for row in await rows(sqlite_db, updates)] == [1]


async def test_more_than_can_be_answered_at_once_is_told_to_come_again(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_REQUESTS", 2)
    head = f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Content-Length: 9\r\n\r\n{{".encode()
    async with serving(sqlite_db, clock) as caller:
        for _ in range(2):
            _, writer = await caller.call()
            writer.write(head)
        async with asyncio.timeout(PATIENCE_S):
            while await caller.posts(an_update()) != 503:
                pass  # the two have not been read yet
        assert await caller.says(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == 200


async def test_a_file_goes_out_as_long_as_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANSWER_WITHIN_S", 0.5)
    taken: list[str] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(40):
            await asyncio.sleep(0.02)
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        taken.append(scope["path"])
        await send({"type": "stuck"})

    async def takes(message: Message) -> None:
        if message["type"] == "stuck":  # the client reads no more
            await asyncio.Event().wait()

    async def nothing() -> Message:
        return {"type": "http.request"}

    for path in ("/console/cases/1/story", "/console/cases/1/files/2"):
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": b"", "query_string": b"", "headers": []}
        async with asyncio.timeout(PATIENCE_S):
            await Bounded(slow)(scope, nothing, takes)
    assert taken == ["/console/cases/1/files/2"]


@pytest.mark.parametrize(
    ("method", "path", "bulk", "long"),
    [
        ("POST", "/console/imports", True, False),
        ("POST", "/console/cases/12/file", True, False),
        ("GET", "/console/cases/12/file", False, False),
        ("POST", "/console/cases/12/say", False, False),
        ("GET", "/console/cases/12/files/3", False, True),
        ("POST", "/console/cases/12/files/3", False, False),
        ("GET", "/console/cases/12/files/3/x", False, False),
    ],
)
def test_what_may_be_long(method: str, path: str, bulk: bool, long: bool) -> None:
    scope = {"method": method, "path": path}
    assert (limits.is_bulk(scope), limits.is_long_answer(scope)) == (bulk, long)
