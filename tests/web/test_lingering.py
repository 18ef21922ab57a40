"""Who sends more than it may reads why it was refused, although it reads nothing before it has sent all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.clock import ManualClock
from bot.web import connections, limits
from storage.runtime.engine import Database
from tests.web.test_http_limits import KNOWN, PATIENCE_S, WEBHOOK, Caller, an_update, serving, status

MORE = limits.MOST_RAW_BYTES * 8  # than the system takes on by itself
TOO_MUCH = f"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {MORE}\r\n\r\n".encode()


@pytest.fixture
async def caller(sqlite_db: Database, clock: ManualClock) -> AsyncIterator[Caller]:
    async with serving(sqlite_db, clock) as made:
        yield made


async def sends(writer: asyncio.StreamWriter, count: int) -> None:
    """So many bytes, in pieces, each after the one before has gone out."""
    for _ in range(0, count, 65_536):
        writer.write(b"x" * 65_536)
        await writer.drain()


@pytest.mark.parametrize("length", [f"Content-Length: {MORE}", "Transfer-Encoding: chunked"])
async def test_a_body_that_is_too_large_is_refused_in_words(caller: Caller, length: str) -> None:
    reader, writer = await caller.call()
    writer.write(f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}{length}\r\n\r\n".encode())
    if "chunked" in length:
        writer.write(b"%x\r\n" % MORE)
    async with asyncio.timeout(PATIENCE_S):
        await sends(writer, MORE)
        assert await status(reader) == 413
        assert b"a body may have" in await reader.read(), "and then it is closed"


async def test_what_is_no_request_is_refused_in_words(caller: Caller) -> None:
    reader, writer = await caller.call()
    writer.write(b"no request\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        await sends(writer, MORE)
        assert await status(reader) == 400


async def test_who_goes_on_sending_is_ended(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.PATIENCE_S, "lingering", 0.05)
    reader, writer = await caller.call()
    writer.write(f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\n{KNOWN}Content-Length: {1 << 40}\r\n\r\n".encode())
    assert await status(reader) == 413
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await sends(writer, MORE)


async def test_who_sends_nothing_more_is_ended(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.PATIENCE_S, "lingering", 0.05)
    reader, writer = await caller.call()
    writer.write(TOO_MUCH)
    assert await status(reader) == 413
    async with asyncio.timeout(PATIENCE_S):
        await reader.read()
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)


async def test_who_was_answered_gives_their_place_to_who_asks(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.PATIENCE_S, "lingering", 3600.0)
    monkeypatch.setattr(limits, "connections_for", lambda files: limits.Connections(4, 4))
    monkeypatch.setattr("bot.web.connection_acceptor.GRACE_S", 0.0)
    async with serving(sqlite_db, clock) as caller:
        for _ in range(12):
            assert await caller.says(TOO_MUCH) == 413
        assert await caller.posts(an_update()) == 200


async def test_the_program_waits_for_nobody_who_is_still_sending(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.PATIENCE_S, "lingering", 3600.0)
    async with asyncio.timeout(PATIENCE_S), serving(sqlite_db, clock) as caller:
        reader, writer = await caller.call()
        writer.write(TOO_MUCH)
        assert await status(reader) == 413
        caller.open.clear()
    with contextlib.suppress(ConnectionError):
        await reader.read()
